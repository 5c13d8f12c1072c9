export { type AgentRun, createStats, type Stats } from './stats.ts'
