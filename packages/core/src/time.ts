const dayMs = 86_400_000
const twoDigits = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))

const mostDays = 1000
/** Days that were printed lately, `2026-07-06T`: rows of lists tend to be of the same ones. */
const days = new Map<number, string>()

/**
 * ISO 8601 in UTC as clients of AstrBot know it: offset `+00:00`, six digits of fraction, or none on a full second. A list of
 * a hundred rows prints two hundred times; `Date` alone takes ten times as long, a tenth of such a request.
 *
 * @param milliseconds since 1970, whole
 * @example isoTime(Date.UTC(2026, 6, 6, 4, 0, 0, 123)) // '2026-07-06T04:00:00.123000+00:00'
 */
export function isoTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / dayMs)
  let date = days.get(day)
  if (date === undefined) {
    if (days.size >= mostDays) days.clear()
    date = new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length)
    days.set(day, date)
  }
  const seconds = Math.floor(milliseconds / 1000) - day * 86_400
  const fraction = milliseconds - (day * 86_400 + seconds) * 1000
  const hour = twoDigits[Math.floor(seconds / 3600)]
  const time = `${date}${hour}:${twoDigits[Math.floor(seconds / 60) % 60]}:${twoDigits[seconds % 60]}`
  return fraction === 0 ? `${time}+00:00` : `${time}.${String(fraction).padStart(3, '0')}000+00:00`
}

/** As `isoTime`, and null for what never happened. */
export function isoTimeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : isoTime(milliseconds)
}
