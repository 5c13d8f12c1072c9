import { attachmentView, uploadedView } from '@astrbot/core'
import { type Call, caller, type HandlersOf } from '../handler.ts'
import { fileResponse } from '../http/file-response.ts'
import { uploaded } from '../http/uploaded-file.ts'

export const files: HandlersOf<'Files'> = {
  uploadFile: ({ body }, call) => upload(body.file, call),

  async getFileByName({ query }, call) {
    return fileResponse(call, await call.bot.files.attachments.fileByName(query.filename, caller(call)))
  },

  async getTokenFile({ params }, call) {
    return fileResponse(call, await call.bot.files.tokens.file(params.file_token))
  },

  async getAttachment({ params }, call) {
    if (!wantsDescription(call.request.headers.get('accept'))) return sendAttachment(params.attachment_id, call)
    return attachmentView(await call.bot.files.attachments.find(params.attachment_id, caller(call)))
  },

  async deleteAttachment({ params }, call) {
    await call.bot.files.attachments.delete(params.attachment_id, caller(call))
    return { attachment_id: params.attachment_id }
  },

  downloadAttachment: ({ params }, call) => sendAttachment(params.attachment_id, call),

  uploadFileInit: ({ body }, call) => call.bot.files.uploads.open(body, caller(call)),

  uploadFileChunk: ({ body }, call) =>
    call.bot.files.uploads.putChunk(body.upload_id, body.chunk_index, uploaded(body.chunk), caller(call)),

  uploadFileStatus: ({ body }, call) => call.bot.files.uploads.status(body.upload_id, caller(call)),

  async uploadFileComplete({ body }, call) {
    return uploadedView(await call.bot.files.uploads.complete(body.upload_id, caller(call)))
  },

  async uploadFileAbort({ body }, call) {
    await call.bot.files.uploads.abort(body.upload_id, caller(call))
    return {}
  },
}

/** Stores the file of a form as an attachment of the caller. */
export async function upload(file: Blob, call: Call) {
  const { path, name, type } = uploaded(file)
  const { attachments } = call.bot.files
  return uploadedView(await attachments.add({ path, filename: name, contentType: type }, caller(call)))
}

/** Sends the bytes of an attachment. */
export async function sendAttachment(id: string, call: Call): Promise<Response> {
  const { attachments } = call.bot.files
  return fileResponse(call, await attachments.file(await attachments.find(id, caller(call))))
}

/** A program that asks for JSON and not for anything at all wants to know of the file. */
function wantsDescription(accept: string | null): boolean {
  const types = (accept ?? '').split(',').map(type => type.split(';')[0]?.trim().toLowerCase())
  return types.includes('application/json') && !types.includes('*/*')
}
