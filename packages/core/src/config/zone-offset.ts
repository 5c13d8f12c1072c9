/**
 * Minutes east of UTC of a time zone at a moment. A name that is none means the zone of this machine.
 * @example offsetMinutes('Asia/Shanghai', 0) // 480
 */
export function offsetMinutes(zone: string, moment: number): number {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone.trim(), timeZoneName: 'longOffset' })
  } catch {
    format = new Intl.DateTimeFormat('en-US', { timeZoneName: 'longOffset' })
  }
  const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = 0, minutes = 0] = /^GMT([+-])(\d+):(\d+)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) + 0
}
