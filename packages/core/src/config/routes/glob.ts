/** A piece of a pattern: any run of characters, or one character that a test accepts. */
type Piece = { run: true } | { run: false; accepts: (character: string) => boolean; literal: boolean }

/** A shell pattern over single strings: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`, case-sensitive. */
export interface Glob {
  matches(text: string): boolean
  /** True when only one text matches. */
  literal: boolean
}

/**
 * Reads a shell pattern. A bracket that is never closed stands for itself.
 * @example glob('webchat!*!a?').matches('webchat!me!ab') // true
 */
export function glob(pattern: string): Glob {
  const pieces = read([...pattern])
  return {
    literal: pieces.every(piece => !piece.run && piece.literal),
    matches: text => matches(pieces, [...text]),
  }
}

/** A pattern that matches this text and no other. */
export function literally(text: string): string {
  return text.replace(/[*?[]/g, '[$&]')
}

function read(characters: string[]): Piece[] {
  const pieces: Piece[] = []
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character === '*') {
      if (pieces.at(-1)?.run !== true) pieces.push({ run: true })
      continue
    }
    if (character === '?') {
      pieces.push({ run: false, accepts: () => true, literal: false })
      continue
    }
    const end = character === '[' ? endOfSet(characters, i) : -1
    if (end < 0) pieces.push({ run: false, accepts: other => other === character, literal: true })
    else {
      pieces.push(set(characters.slice(i + 1, end)))
      i = end
    }
  }
  return pieces
}

/** Where the set that opens at `start` closes. A bracket right at its beginning belongs to it. */
function endOfSet(characters: string[], start: number): number {
  const first = characters[start + 1] === '!' ? start + 2 : start + 1
  return characters.indexOf(']', first + 1)
}

function set(members: string[]): Piece {
  const negated = members[0] === '!'
  const ranges: [string, string][] = []
  for (let i = negated ? 1 : 0; i < members.length; i++) {
    const from = members[i] ?? ''
    const to = members[i + 1] === '-' ? members[i + 2] : undefined
    ranges.push([from, to ?? from])
    if (to !== undefined) i += 2
  }
  const accepts = (character: string) => ranges.some(([from, to]) => character >= from && character <= to) !== negated
  return { run: false, accepts, literal: !negated && ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1] }
}

/** Goes back to the latest `*` only, so that no pattern takes more than pattern times text. */
function matches(pieces: Piece[], text: string[]): boolean {
  let p = 0
  let t = 0
  let run = -1
  let resume = 0
  while (t < text.length) {
    const piece = pieces[p]
    if (piece?.run) {
      run = p++
      resume = t
    } else if (piece?.accepts(text[t] ?? '')) {
      p++
      t++
    } else if (run >= 0) {
      p = run + 1
      t = ++resume
    } else return false
  }
  while (pieces[p]?.run) p++
  return p === pieces.length
}
