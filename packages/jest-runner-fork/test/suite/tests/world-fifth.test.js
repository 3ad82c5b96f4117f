const { isAloneInTheWorld } = require('./world');

isAloneInTheWorld();
