import { halt, onward, type Stage } from '../visit.ts'

/** Keeps the bot out of sessions in which somebody switched it off. */
export const sessionStatus: Stage = ({ rules }) =>
  rules.session_service_config?.session_enabled === false ? halt('the session is switched off') : onward
