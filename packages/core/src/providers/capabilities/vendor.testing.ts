import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** The vendor that the tests of a file call; each test begins with nothing seen. */
export let vendor: VendorServer
beforeAll(async () => {
  vendor = await startVendorServer()
})
beforeEach(() => {
  vendor.seen.length = 0
})
afterAll(() => vendor.stop())
