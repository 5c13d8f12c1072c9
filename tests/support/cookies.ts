/** A cookie that an answer sets; names of attributes in small letters. */
export interface SetCookie {
  name: string
  value: string
  attributes: Record<string, string>
}

/** The cookies of an answer in their order. */
export function cookiesOf(headers: Headers): SetCookie[] {
  return headers.getSetCookie().map(line => {
    const [[name = '', value = ''] = [], ...attributes] = line.split(';').map(pair => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1)]
    })
    return {
      name,
      value,
      attributes: Object.fromEntries(attributes.map(([key = '', text = '']) => [key.toLowerCase(), text])),
    }
  })
}
