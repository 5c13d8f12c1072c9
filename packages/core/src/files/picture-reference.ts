const scheme = 'attachment:'

/** How a conversation names a picture: its bytes join the message when it is sent to a model. */
export function pictureReference(attachmentId: string): string {
  return scheme + attachmentId
}

/** The attachment that a picture's address names; undefined for any other address. */
export function referredPicture(url: string): string | undefined {
  return url.startsWith(scheme) ? url.slice(scheme.length) : undefined
}
