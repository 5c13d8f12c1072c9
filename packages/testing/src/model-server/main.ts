/** Runs the model server by hand. Usage: pnpm model-server [port] */
import { startModelServer } from './server.ts'

const { url } = await startModelServer({ port: Number(process.argv[2] ?? 8901) })
console.log(`Scripted model server on ${url}

  OPENAI_BASE_URL=${url}/v1         OPENAI_API_KEY=anything
  ANTHROPIC_BASE_URL=${url}         ANTHROPIC_API_KEY=anything
  GEMINI_BASE_URL=${url}            GEMINI_API_KEY=anything     (a key that begins with sk-bad is refused)

Models
  t200d5      200 tokens, 5 ms apart: tok0 tok1 …
  err429      fails with that status; err500x2 fails twice, then answers; errctx says the prompt is too long
  any other   echoes the last user message

Directives in the last user message
  [[say TEXT]]                     answers TEXT
  [[slow N MS]]                    N tokens, MS milliseconds apart: w0 w1 …
  [[think A then B]]               reasons A, answers B
  [[tool NAME JSON then TEXT]]     calls the tool, answers TEXT after its result; several in a row make several rounds;
                                   [[tool A {} and B {} then TEXT]] calls both at once
  [[fail CODE]]                    fails with HTTP status CODE, or ctx; [[fail CODE retry-after S]] with that header
  [[empty]]                        answers nothing
  [[stall]]                        one token, then silence; [[stall N]] after N tokens
  [[die N]]                        breaks the connection after N tokens
  [[rubbish]]                      one token, then something that is no JSON
  [[title TEXT]]                   the chat is called TEXT; without it, nothing
  [[cached N]]                     counts N prompt tokens as read from the cache`)
