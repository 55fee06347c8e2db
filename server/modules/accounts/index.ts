import { LoginSession, User, UserAddress, UserRole, UserWallet } from "./entities.ts";

export {
  type AddressDetails,
  addAddress,
  addressesOf,
  addressOf,
  changeAddress,
  removeAddress,
} from "./addressBook.ts";
export { type Attempt, forgiveAttempt, takeAttempt } from "./attempts.ts";
export {
  credentialsByName,
  credentialsOf,
  isFree,
  register,
  resetPassword,
  setPassword,
} from "./credentials.ts";
export { askVerification, FORGOT_PASSWORD, verifyAgain, verifyEmail } from "./emails.ts";
export type { UserAddress } from "./entities.ts";
export { holdUser } from "./hold.ts";
export { emailOf, usernameFault } from "./identity.ts";
export { mailboxesOf, mailboxOf } from "./mailbox.ts";
export { readMailToken } from "./mailTokens.ts";
export { migrations } from "./migrations.ts";
export { burnNonce, openNonce } from "./nonces.ts";
export { type PasswordOwner, passwordFault } from "./passwordRules.ts";
export { hashPassword, isPassword } from "./passwords.ts";
export { accountProblems } from "./problems.ts";
export { type LoginExpectation, readLoginMessage } from "./rules.ts";
export { tellOwner } from "./security.ts";
export {
  type OpenSession,
  openSession,
  revokeByToken,
  revokeSession,
  revokeSessionsOf,
  rolesInSession,
  rotate,
} from "./sessions.ts";
export { accountHandlers } from "./tasks.ts";
export { type Account, changeProfile, grantRole, syncStaff, userById, userOfWallet, withdrawRole } from "./users.ts";
export {
  type LinkedWallet,
  linkWallet,
  makePrimary,
  ownerOf,
  ownWallet,
  unlinkWallet,
  walletOf,
  walletsOf,
} from "./wallets.ts";

export const entities = [User, UserWallet, UserRole, LoginSession, UserAddress];
