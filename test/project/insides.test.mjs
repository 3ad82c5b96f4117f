// Are lib/node/ and native/node/ the only places that know the insides of Node, V8, libuv, absl and undici? Who meets a new version
// of them looks there, and in no other room.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

const INSIDES = {
  lib: {
    isSource: (file) => /\.m?ts$/.test(file),
    names: [
      /['"`](node:)?internal\//, // a module of Node's
      /\b_handle\b|\b_exiting\b|\b_events\b|\b_getActive\w+|\bmoduleLoadList\b|\bprocess\.binding\b/,
      /\b_idleNext\b.*:|\bimmediateInfo\[|\b_readableState\b|\b_writableState\b/,
      /['"`]k[A-Z]\w+['"`]/, // the name of a symbol: kHandle
      /['"`](asyncId|state symbol)['"`]/,
      /undici\.globalDispatcher/,
    ],
  },
  native: {
    isSource: (file) => /\.(cc|h)$/.test(file),
    names: [
      /"_Z\w+"/, // mangled
      /"(node|v8|absl|cppgc)::/,
      /"(SignalInspector|V8Worker|DelayedTask|v8:ProfEvntProc)/,
      // What uv.h marks as private.
      /->(wq|wq_\w+|active_reqs|watchers|nwatchers|nfds|inotify_\w+|process_handles|backend_fd|pending_queue|watcher_queue|io_watcher)\b/,
      /->(write_queue\w*|write_completed_queue|connect_req|shutdown_req|pipe_fname|async_cb|exit_cb|close_cb|send_queue_\w+|child_watcher)\b/,
      /->(signal_pipefd|caught_signals|dispatched_signals)\b/,
    ],
  },
};

const withoutComments = (text) => text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '').replace(/\s\/\/ .*$/gm, '');

for (const [side, { isSource, names }] of Object.entries(INSIDES)) {
  describe(`the insides of Node, in ${side}/`, () => {
    const files = readdirSync(path.join(root, side), { recursive: true }).filter(isSource);
    const found = (file) => {
      const lines = withoutComments(readFileSync(path.join(root, side, file), 'utf8')).split('\n');
      return lines.filter((line) => names.some((name) => name.test(line))).map((line) => `${file}: ${line.trim()}`);
    };

    it('are known in node/', () => {
      const known = files.filter((file) => file.startsWith('node/')).flatMap(found);
      for (const name of names)
        assert.ok(
          known.some((line) => name.test(line)),
          `${name} finds something`,
        );
    });

    it('and nowhere else', () => {
      assert.deepEqual(files.filter((file) => !file.startsWith('node/')).flatMap(found), []);
    });
  });
}
