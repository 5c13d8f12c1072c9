/** `HH:MM:SS` of a moment in a time zone; UTC when there is no such zone. */
export function offsetTime(time: number, timezone: string): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
  try {
    return format(timezone).format(time)
  } catch {
    return format('UTC').format(time)
  }
}
