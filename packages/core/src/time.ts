/**
 * ISO 8601 in UTC as clients of AstrBot know it: offset `+00:00`, six digits of fraction, or none on a full second.
 *
 * @example isoTime(Date.UTC(2026, 6, 6, 4, 0, 0, 123)) // '2026-07-06T04:00:00.123000+00:00'
 */
export function isoTime(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString()
  return milliseconds % 1000 === 0 ? `${iso.slice(0, -5)}+00:00` : `${iso.slice(0, -1)}000+00:00`
}

/** As `isoTime`, and null for what never happened. */
export function isoTimeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : isoTime(milliseconds)
}
