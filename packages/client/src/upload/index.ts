export type { UploadOptions, UploadProgress } from './options.ts'
export type { Sliceable, UploadSource } from './source.ts'
export { upload } from './upload.ts'
