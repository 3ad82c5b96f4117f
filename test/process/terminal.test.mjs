// Do sessions, foreground groups and daemons mean the same to a real terminal?
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { pathOf, runCommand } from '../helpers/run.mjs';

const TERMINAL = fileURLToPath(new URL('../helpers/terminal.py', import.meta.url));
// A second terminal, that is nobody's, is kept open by the outermost process.
const WITH_SPARE = `import os, pty, subprocess, sys
master, slave = pty.openpty()
sys.exit(subprocess.call([*sys.argv[1:], os.ttyname(slave)]))`;

describe('a terminal', () => {
  it('belongs to the job that spawn() puts in the foreground, and to the session that it starts', async () => {
    const { code, stdout, stderr } = await runCommand([
      'python3', '-c', WITH_SPARE, 'python3', TERMINAL, process.execPath, pathOf('process/jobs.mjs'),
    ]); // prettier-ignore
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'all true\r\n', stderr: '' });
  });
});
