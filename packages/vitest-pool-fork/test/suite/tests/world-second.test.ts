import { isAloneInTheWorld } from './world';

isAloneInTheWorld();
