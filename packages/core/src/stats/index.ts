export { type AgentRun, createStats, type Spent, type Stats } from './stats.ts'
