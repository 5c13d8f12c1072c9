import type { HandlersOf } from '../handler.ts'
import { sendAttachment, upload } from './files.ts'

/** The first public paths for attachments. */
export const openApi: HandlersOf<'Open API'> = {
  uploadOpenApiFile: ({ body }, call) => upload(body.file, call),

  downloadOpenApiFile: ({ query }, call) => sendAttachment(query.attachment_id, call),
}
