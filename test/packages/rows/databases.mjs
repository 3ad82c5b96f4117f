// Clients of databases, and databases in files.

const NEXT = 'the first query that takes an idle connection fails with `EPIPE`';

export const databases = [
  {
    name: 'pg',
    version: '8.23.1',
    quick: true,
    servers: ['postgres'],
    verdict: 'again',
    note: `\`Pool\`: ${NEXT}.`,
    async open({ load, port }) {
      const { default: pg } = await load('pg');
      const pool = new pg.Pool(postgres(port));
      pool.on('error', () => {});
      return {
        use: async () => (await pool.query('SELECT 6 * 7 AS n')).rows[0].n === 42,
        close: () => pool.end(),
      };
    },
  },
  {
    name: 'pg',
    variant: '`Client`',
    version: '8.23.1',
    servers: ['postgres'],
    verdict: 'recipe',
    note: 'A single connection is the parent’s.',
    async open({ load, port }) {
      const { default: pg } = await load('pg');
      const connect = () => {
        const client = new pg.Client(postgres(port));
        client.on('error', () => {});
        const connected = client.connect();
        return {
          async use() {
            await connected;
            return (await client.query('SELECT 6 * 7 AS n')).rows[0].n === 42;
          },
          close: () => client.end(),
          renew: connect,
        };
      };
      return connect();
    },
  },
  {
    name: 'knex',
    version: '3.3.0',
    with: ['pg@8.23.1'],
    servers: ['postgres'],
    verdict: 'again',
    note: `By pg: ${NEXT}.`,
    async open({ load, port }) {
      const { default: knex } = await load('knex');
      const database = knex({ client: 'pg', connection: postgres(port) });
      return {
        use: async () => (await database.raw('SELECT 6 * 7 AS n')).rows[0].n === 42,
        close: () => database.destroy(),
      };
    },
  },
  {
    name: 'sequelize',
    version: '6.37.8',
    with: ['pg@8.23.1'],
    servers: ['postgres'],
    verdict: 'again',
    note: `By pg: ${NEXT}.`,
    async open({ load, port }) {
      const { Sequelize } = await load('sequelize');
      const { user, ...others } = postgres(port);
      const database = new Sequelize({ dialect: 'postgres', username: user, logging: false, ...others });
      return {
        use: async () => (await database.query('SELECT 6 * 7 AS n'))[0][0].n === 42,
        close: () => database.close(),
      };
    },
  },
  {
    name: 'typeorm',
    version: '1.1.1',
    with: ['pg@8.23.1', 'reflect-metadata@0.2.2'],
    servers: ['postgres'],
    verdict: 'again',
    note: `By pg: ${NEXT}.`,
    async open({ load, port }) {
      const { DataSource } = await load('typeorm');
      const { user, ...others } = postgres(port);
      const database = await new DataSource({ type: 'postgres', username: user, ...others }).initialize();
      return {
        use: async () => (await database.query('SELECT 6 * 7 AS n'))[0].n === 42,
        close: () => database.destroy(),
      };
    },
  },
  {
    name: 'drizzle-orm',
    version: '0.45.4',
    with: ['pg@8.23.1'],
    servers: ['postgres'],
    verdict: 'again',
    note: `By pg: ${NEXT}.`,
    async open({ load, port }) {
      const { default: pg } = await load('pg');
      const { drizzle } = await load('drizzle-orm/node-postgres');
      const pool = new pg.Pool(postgres(port));
      pool.on('error', () => {});
      const database = drizzle(pool);
      return {
        use: async () => (await database.execute('SELECT 6 * 7 AS n')).rows[0].n === 42,
        close: () => pool.end(),
      };
    },
  },
  {
    name: 'mysql2',
    version: '3.24.6',
    servers: ['mariadb'],
    verdict: 'again',
    note: `\`createPool()\`: ${NEXT}.`,
    async open({ load, port }) {
      const { default: mysql } = await load('mysql2/promise');
      const pool = mysql.createPool({ host: '127.0.0.1', port: port('mariadb'), user: 'tester', database: 'test' });
      return {
        use: async () => (await pool.query('SELECT 6 * 7 AS n'))[0][0].n === 42,
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
    name: 'redis',
    version: '6.3.1',
    servers: ['redis'],
    verdict: 'again',
    note: 'The first command fails with `EPIPE`. Its own connection holds the child: `destroy()`.',
    async open({ load, port }) {
      const { createClient } = await load('redis');
      const client = await createClient({ url: `redis://127.0.0.1:${port('redis')}` })
        .on('error', () => {})
        .connect();
      return {
        use: async () => (await client.set('other', 'value')) === 'OK' && (await client.get('other')) === 'value',
        close: () => client.destroy(),
      };
    },
  },
  {
    name: 'bullmq',
    version: '6.7.0',
    with: ['ioredis@6.0.0'],
    servers: ['redis'],
    verdict: 'works',
    note: '`Queue`, by ioredis. A `Worker` of its is the parent’s: it takes no jobs in a child.',
    async open({ load, port }) {
      const { Queue } = await load('bullmq');
      const queue = new Queue('jobs', { connection: { host: '127.0.0.1', port: port('redis') } });
      queue.on('error', () => {});
      return {
        use: async () => Boolean((await queue.add('job', { n: 42 })).id),
        close: () => queue.disconnect(),
      };
    },
  },
  {
    name: 'memcached',
    version: '2.2.2',
    servers: ['memcached'],
    verdict: 'own',
    note: 'A connection is the parent’s, and is not made anew in time.',
    async open({ load, port }) {
      const { default: Memcached } = await load('memcached');
      const client = new Memcached(`127.0.0.1:${port('memcached')}`, { retries: 0, timeout: 1000 });
      return {
        use: () =>
          new Promise((resolve, reject) =>
            client.set('key', 'value', 60, (error, done) => (error ? reject(error) : resolve(done))),
          ),
        close: () => client.end(),
      };
    },
  },
  {
    name: 'mongodb',
    version: '7.9.0',
    servers: ['mongodb'],
    verdict: 'again',
    note: 'The first operation fails with `EPIPE`. (Tried against a stub of the protocol.) See [ids](databases.md#ids) for `ObjectId`.',
    async open({ load, port }) {
      const { MongoClient } = await load('mongodb');
      const client = new MongoClient(`mongodb://127.0.0.1:${port('mongodb')}/`, { serverSelectionTimeoutMS: 3000 });
      await client.connect();
      return {
        use: async () => (await client.db('test').command({ ping: 1 })).ok === 1,
        close: () => client.close(),
      };
    },
  },
  {
    name: 'mongoose',
    version: '9.12.1',
    with: ['mongodb@7.9.0'],
    servers: ['mongodb'],
    verdict: 'again',
    note: 'By mongodb.',
    async open({ load, port }) {
      const { default: mongoose } = await load('mongoose');
      const url = `mongodb://127.0.0.1:${port('mongodb')}/`;
      const connection = await mongoose.createConnection(url, { serverSelectionTimeoutMS: 3000 }).asPromise();
      return {
        use: async () => (await connection.db.command({ ping: 1 })).ok === 1,
        close: () => connection.close(),
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
    note: 'It answers, and must not be used: see [databases](databases.md#sqlite).',
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
  {
    name: 'sql.js',
    version: '1.16.0',
    verdict: 'works',
    note: 'A database in memory: the child has a copy of it.',
    async open({ load }) {
      const { default: initialize } = await load('sql.js');
      const { Database } = await initialize();
      const database = new Database();
      return { use: () => database.exec('SELECT 6 * 7 AS n')[0].values[0][0] === 42 };
    },
  },
  {
    name: 'classic-level',
    version: '3.0.0',
    shared: true,
    verdict: 'own',
    note: 'LevelDB’s lock on the folder is the parent’s, and so is the thread that compacts: see [databases](databases.md#lmdb-and-leveldb).',
    async open({ load, scratch }) {
      const { ClassicLevel } = await load('classic-level');
      const database = new ClassicLevel(`${scratch}/level-${process.pid}-${count++}`);
      return {
        async use() {
          await database.put('key', 'value');
          return (await database.get('key')) === 'value';
        },
        close: () => database.close(),
      };
    },
  },
  {
    name: 'lmdb',
    version: '3.5.6',
    shared: true,
    ways: ['forkRun'],
    questions: ['idle', 'own'],
    verdict: 'own',
    note: 'Another file, that is: **to use the parent’s breaks it for the parent, too**, and so does the end of a child of `fork()`. See [databases](databases.md#lmdb-and-leveldb).',
    async open({ load, scratch }) {
      const { open } = await load('lmdb');
      const database = open({ path: `${scratch}/lmdb-${process.pid}-${count++}` });
      return {
        async use() {
          await database.put('key', 'value');
          return database.get('key') === 'value';
        },
        close: () => database.close(),
      };
    },
  },
  {
    name: 'keyv',
    version: '5.6.0',
    verdict: 'works',
    note: 'In memory: the child has a copy.',
    async open({ load }) {
      const { Keyv } = await load('keyv');
      const store = new Keyv();
      return {
        async use() {
          await store.set('key', 42);
          return (await store.get('key')) === 42;
        },
      };
    },
  },
  {
    name: 'cacache',
    version: '20.0.4',
    verdict: 'works',
    async open({ load, scratch }) {
      const { default: cacache } = await load('cacache');
      return {
        async use() {
          await cacache.put(`${scratch}/cache`, 'key', `of ${process.pid}`);
          return (await cacache.get(`${scratch}/cache`, 'key')).data.toString() === `of ${process.pid}`;
        },
      };
    },
  },
  {
    name: 'generic-pool',
    version: '3.9.0',
    verdict: 'works',
    note: 'What is in it is the question.',
    async open({ load }) {
      const { default: generic } = await load('generic-pool');
      const pool = generic.createPool({ create: async () => ({ n: 42 }), destroy: async () => {} }, { max: 2 });
      return {
        async use() {
          const thing = await pool.acquire();
          await pool.release(thing);
          return thing.n === 42;
        },
      };
    },
  },
];

let count = 0;
const postgres = (port) => ({ host: '127.0.0.1', port: port('postgres'), user: 'tester', database: 'postgres' });
