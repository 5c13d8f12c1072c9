import type { Schemas } from '@astrbot/contract'

export type LoginRequest = Schemas['LoginRequest']
export type LoginData = Schemas['LoginData']
export type SetupStatus = Schemas['SetupStatus']
export type SetupAuthRequest = Schemas['SetupAuthRequest']
export type UpdateAccountRequest = Schemas['UpdateAccountRequest']
export type TotpSetupRequest = Schemas['TotpSetupRequest']
export type TotpSecret = Schemas['TotpSecret']
export type TotpRecoveryCode = Schemas['TotpRecoveryCode']
export type CreateApiKeyRequest = Schemas['CreateApiKeyRequest']
export type ApiKeyView = Schemas['ApiKey']
export type CreatedApiKey = Schemas['CreatedApiKey']
