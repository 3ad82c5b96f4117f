// Does each room of the house know only those below it? Who reads a room must not have to read those above, and a circle of
// imports works only until somebody begins at its other end.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

const SIDES = {
  lib: {
    isSource: (file) => /\.m?ts$/.test(file),
    imports: (text, file) =>
      [...text.matchAll(/from '(\.[^']+)'/g)].map(([, to]) =>
        path.join(path.dirname(file), to).replace(/\.(m?)js$/, '.$1ts'),
      ),
    // What the rooms at the bottom may know. Those above them: whatever makes no circle.
    bottom: { sys: [], node: ['sys'], child: ['node', 'sys'], threads: ['child', 'node', 'sys'] },
  },
  native: {
    isSource: (file) => /\.(cc|h)$/.test(file),
    imports: (text) => [...text.matchAll(/^#include "([a-z0-9_]+\/[^"]+)"/gm)].map(([, to]) => to),
    bottom: { sys: [], node: ['sys'], reap: ['sys'], threads: ['node', 'reap', 'sys'] },
  },
};

for (const [side, { isSource, imports, bottom }] of Object.entries(SIDES)) {
  describe(`the rooms of ${side}/`, () => {
    const files = readdirSync(path.join(root, side), { recursive: true }).filter(isSource);
    const arrows = new Map(
      files.map((file) => [file, imports(readFileSync(path.join(root, side, file), 'utf8'), file)]),
    );

    it('are there', () => {
      assert.ok(files.length > 40);
      for (const room of Object.keys(bottom)) assert.ok(files.some((file) => roomOf(file) === room));
      assert.ok([...arrows.values()].flat().length > 100);
    });

    it('have no circle of files', () => {
      assert.equal(findCircle(arrows), undefined);
    });

    it('have no circle of rooms', () => {
      const between = new Map();
      for (const [file, targets] of arrows) {
        const others = targets.map(roomOf).filter((room) => room !== roomOf(file));
        between.set(roomOf(file), [...(between.get(roomOf(file)) ?? []), ...others]);
      }
      assert.equal(findCircle(between), undefined);
    });

    it('know, at the bottom, only what is below', () => {
      const wrong = [...arrows].flatMap(([file, targets]) =>
        targets
          .filter((to) => roomOf(to) !== roomOf(file) && bottom[roomOf(file)]?.includes(roomOf(to)) === false)
          .map((to) => `${file} -> ${to}`),
      );
      assert.deepEqual(wrong, []);
    });
  });
}

function roomOf(file) {
  return file.split('/')[0];
}

/** The first circle, as 'a -> b -> a', or undefined. */
function findCircle(graph) {
  const done = new Set();
  const visit = (node, way) => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(' -> ');
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...way, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
