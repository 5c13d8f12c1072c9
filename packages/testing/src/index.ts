/** What the tests of all packages share. */
export { type AgentServer, startAgentServer } from './agent-server.ts'
export { type AudioServer, type SeenAudio, soundOf, startAudioServer, textIn } from './audio-server.ts'
export { type ContractChecker, createContractChecker, type Exchange } from './contract-checker.ts'
export {
  type ContractValidators,
  createValidators,
  type OpenApiDocument,
  type Validate,
} from './contract-validators.ts'
export { type Coverage, createCoverage, readCoverage } from './coverage.ts'
export { printCoverage } from './coverage-table.ts'
export { freePort } from './free-port.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { type ModelServer, type SeenRequest, startModelServer } from './model-server/server.ts'
export { type ActionAnswer, OneBotPeer, type OneBotPeerOptions, type Said, type SeenAction } from './onebot-peer.ts'
export { type PostgresServer, startPostgres } from './postgres.ts'
export { type RegistrarServer, startRegistrarServer } from './registrar-server.ts'
export { sequentialIds } from './sequential-ids.ts'
export { type Fault, peerAnswer, type SocketPeer, type SocketPeerOptions, startSocketPeer } from './socket-peer.ts'
export { type SeenCall, startVendorServer, type VendorServer } from './vendor-server.ts'
