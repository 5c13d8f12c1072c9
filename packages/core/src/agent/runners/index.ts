export { type RemoteTurn, runRemoteTurn } from './remote-turn.ts'
export type { AgentRunner, RunnerEvent, RunnerImage, RunnerRequest } from './runner.ts'
export { Runners, type RunnersOptions } from './runners.ts'
