/** What the surroundings decide: flags of the environment, read by whoever starts the program. */
export interface AuthOptions {
  /** The account cannot be changed, and nobody is urged to. */
  demoMode?: boolean
  /** Attempts are not counted. */
  testMode?: boolean
  /** The password of the first start, instead of a random one. */
  initialPassword?: string | undefined
  /** Makes a new password although there is one. */
  resetPassword?: boolean
  /** Lets anybody set up the account while the server listens on loopback only. */
  skipDefaultPasswordAuth?: boolean
  /** The address listened on, when it is not the one of the configuration. */
  host?: string | undefined
}
