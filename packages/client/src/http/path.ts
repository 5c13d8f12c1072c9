/**
 * Fills the parameters into a path of the contract, each as one segment.
 * @throws TypeError for an empty value, `.` and `..`: an address would lose them and name another operation.
 */
export function fillPath(path: string, values: Record<string, unknown> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name] ?? '')
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`The path parameter ${name} is ${JSON.stringify(value)}`)
    return encodeURIComponent(value)
  })
}
