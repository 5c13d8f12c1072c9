/** AstrBot's server, to be started from a program: tests, benchmarks, an embedding application. */
export { createApp } from './app.ts'
export { createLog } from './log.ts'
export { notBuilt } from './not-built.ts'
export { optionsFrom, type ServerOptions } from './options.ts'
export { type RunningServer, startServer } from './server.ts'
