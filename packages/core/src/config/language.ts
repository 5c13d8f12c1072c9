/** The languages in which the program speaks to people. */
export type Language = 'en' | 'zh'
