'use strict';
// Where do Node's headers lie, for building an addon where nothing may be downloaded?
//
// node-gyp fetches them unless it is told. If the user configured `nodedir`, that holds; otherwise those beside the running
// binary (`<prefix>/include/node`, where every official build has them) do.
const { existsSync } = require('node:fs');
const path = require('node:path');

/** The folder that has `include/node` in it, or undefined. */
exports.nodedir = function nodedir() {
  if (process.env.npm_config_nodedir) return process.env.npm_config_nodedir;
  const prefix = path.resolve(process.execPath, '../..');
  return existsSync(path.join(prefix, 'include/node/node_api.h')) ? prefix : undefined;
};

/** The folder of the headers themselves, for a compiler that is called directly. */
exports.includes = function includes() {
  return path.join(exports.nodedir() ?? '/usr', 'include/node');
};

/** The environment in which node-gyp finds them. */
exports.environment = function environment() {
  const prefix = exports.nodedir();
  return prefix === undefined ? process.env : { ...process.env, npm_config_nodedir: prefix };
};
