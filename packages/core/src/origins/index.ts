export { createOrigins, type Origins } from './origins.ts'
export { umoInfo } from './umo-info.ts'
