// What makes ids. Where a pool of random values is the library's own, children begin with what was left in their parent's.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export const ids = [
  {
    name: 'uuid',
    version: '14.0.3',
    verdict: 'works',
    note: '`v4()` and `v7()` have no pool of their own.',
    async open(kit) {
      const { v4, v7 } = await kit.load('uuid');
      return drawing(kit, () => [v4(), v4({}), v7()]);
    },
  },
  {
    name: 'ulid',
    version: '3.0.2',
    verdict: 'works',
    note: 'But for `monotonicFactory()`, which counts from its parent’s last.',
    async open(kit) {
      const { ulid } = await kit.load('ulid');
      return drawing(kit, () => [ulid()]);
    },
  },
  {
    name: 'nanoid',
    version: '5.1.16',
    verdict: 'recipe',
    note: 'Children draw the same ids, until a handler `afterInChild` has emptied the pool. See [ids](databases.md#ids).',
    async open(kit) {
      const { nanoid, random } = await kit.load('nanoid');
      return drawing(
        kit,
        () => [nanoid()],
        () => {
          for (let drawn = 0; drawn < 65536; drawn += 512) random(512);
        },
      );
    },
  },
  {
    name: 'bson',
    version: '7.3.4',
    verdict: 'recipe',
    note: 'Children give the same `ObjectId`s: `afterInChild: () => ObjectId.resetState()`. See [ids](databases.md#ids).',
    async open(kit) {
      const { ObjectId } = await kit.load('bson');
      // Without the time, which is that of the second.
      return drawing(
        kit,
        () => [new ObjectId().toHexString().slice(8)],
        () => ObjectId.resetState(),
      );
    },
  },
];

/** Only children draw: each begins where the parent is, and no two may draw the same. */
async function drawing({ scratch }, draw, renew) {
  const parent = Number(process.env.POSIX_FORK_TRIAL_PARENT);
  draw(); // there is a pool
  const file = `${scratch}/ids`;
  const session = {
    use() {
      if (process.pid === parent) return true;
      const drawn = draw();
      const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      appendFileSync(file, `${drawn.join('\n')}\n`);
      return !drawn.some((id) => before.includes(id));
    },
  };
  if (renew)
    session.renew = () => {
      renew();
      return session;
    };
  return session;
}
