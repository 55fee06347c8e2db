import { LoginSession, User, UserAddress, UserRole, UserWallet } from "./entities.ts";

export {
  type AddressDetails,
  addAddress,
  addressesOf,
  addressOf,
  changeAddress,
  removeAddress,
} from "./addressBook.ts";
export type { UserAddress } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { burnNonce, openNonce } from "./nonces.ts";
export { accountProblems } from "./problems.ts";
export { type LoginExpectation, readLoginMessage } from "./rules.ts";
export { type OpenSession, openSession, revokeByToken, revokeSession, rolesInSession, rotate } from "./sessions.ts";
export { type Account, grantRole, syncStaff, userById, userOfWallet, withdrawRole } from "./users.ts";
export { type LinkedWallet, linkWallet, makePrimary, ownWallet, unlinkWallet, walletOf, walletsOf } from "./wallets.ts";

export const entities = [User, UserWallet, UserRole, LoginSession, UserAddress];
