// Clients of databases, and databases in files.
export const databases = [
  {
    name: 'pg',
    version: '8.23.1',
    quick: true,
    servers: ['postgres'],
    verdict: 'again',
    note: '`Pool`: the first query that takes an idle connection fails with `EPIPE`.',
    async open({ load, port }) {
      const { default: pg } = await load('pg');
      const pool = new pg.Pool({ host: '127.0.0.1', port: port('postgres'), user: 'tester', database: 'postgres' });
      pool.on('error', () => {});
      return {
        use: async () => (await pool.query('SELECT 6 * 7 AS n')).rows[0].n === 42,
        close: () => pool.end(),
      };
    },
  },
  {
    name: 'ioredis',
    version: '6.0.0',
    quick: true,
    servers: ['redis'],
    verdict: 'works',
    note: 'It connects anew by itself. Its own connection holds the child: `disconnect()`.',
    async open({ load, port }) {
      const { Redis } = await load('ioredis');
      const redis = new Redis(port('redis'));
      return {
        use: async () => (await redis.set('key', 'value')) === 'OK' && (await redis.get('key')) === 'value',
        close: () => redis.disconnect(),
      };
    },
  },
  {
    name: 'better-sqlite3',
    version: '13.2.0',
    node: 22,
    quick: true,
    shared: true,
    verdict: 'own',
    note: 'Two processes with one handle have one transaction, and one lock on the file: see [databases](databases.md).',
    async open({ load, scratch }) {
      const { default: Database } = await load('better-sqlite3');
      const database = new Database(`${scratch}/better-${process.pid}.db`);
      database.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER)');
      return {
        use: () => database.prepare('SELECT 6 * 7 AS n').get().n === 42,
        close: () => database.close(),
      };
    },
  },
];
