// Do whole programs of those who write process tools hold?
import { silentClaimsOf } from '../helpers/claims.mjs';

const holds = silentClaimsOf('spawn/programs.mjs');

describe('a program of a user’s', () => {
  it('is a server that becomes its next version, under load, and refuses or loses no request', holds('a server that becomes its next version under load')); // prettier-ignore
  it('reads the logs of twenty programs, and turns them over', holds('logs of twenty programs, which turn over'));
  it('hands 1,000 connections to other processes', holds('connections that are handed to others'));
  it('supervises services, each with its user, umask, priority and limits', holds('a supervisor'));
  it('multiplexes terminals', holds('a terminal multiplexer'));
  it('is a shell with job control', holds('a shell with job control'));
});
