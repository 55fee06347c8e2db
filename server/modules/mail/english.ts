import { exceptionLetter } from "./exceptionLetters.ts";
import { orderRows } from "./orderRows.ts";
import type { Letters, LetterValues } from "./values.ts";

type OrderNews = LetterValues<"order_news">["news"];

const NEWS: Readonly<Record<OrderNews, readonly [subject: string, sentence: string]>> = {
  "order.placed": ["has been placed", "We have your order. It is confirmed once its payment has arrived."],
  "payment.confirmed": ["is confirmed", "Your payment has arrived and your order is confirmed. Thank you!"],
  "payment.reverted": [
    "waits for its payment again",
    "The chain has taken your payment back. Nothing is shipped meanwhile.",
  ],
  "payment.returning": ["is being refunded", "Your money is on its way back to the wallet that paid."],
  "payment.refunding": [
    "is being refunded in part",
    "A part of your money is on its way back to the wallet that paid.",
  ],
  "order.partially_shipped": ["has been shipped in part", "A first part of your order is on its way."],
  "order.shipped": ["has been shipped", "Your parcel is on its way."],
  "order.completed": ["is complete", "Your order is complete."],
  "order.cancelled": [
    "has been cancelled",
    "Your order has been cancelled. What was paid goes back to the wallet that paid.",
  ],
  "order.expired": [
    "has expired",
    "No payment arrived in time, so the order has ended. Anything that arrives late goes back.",
  ],
};

const NOT_YOU = "If this was not you, somebody may know your password: reset it now, and look at your wallets.";

export const lettersInEnglish: Letters = {
  verify_email: (_, { page, token }) => ({
    subject: "Please confirm your mail address",
    parts: [
      "Somebody, hopefully you, gave this address for an account at Tributary.",
      { link: page(`/verify-email#token=${token}`), label: "Confirm this address" },
      "Or enter this code where you are asked for it:",
      { code: token },
      "It works once, within 24 hours. If it was not you, ignore this mail and nothing happens.",
    ],
  }),
  email_known: ({ username }, { page }) => ({
    subject: "You have an account already",
    parts: [
      "Somebody, hopefully you, tried to use this address for another account at Tributary. It belongs to yours already:",
      { code: username },
      { link: page("/forgot-password"), label: "Forgot the password?" },
      "If it was not you, ignore this mail.",
    ],
  }),
  reset_password: ({ username }, { page, token }) => ({
    subject: "Reset your password",
    parts: [
      "Somebody, hopefully you, forgot the password of this account:",
      { code: username },
      { link: page(`/reset-password#token=${token}`), label: "Choose a new password" },
      "Or enter this code where you are asked for it:",
      { code: token },
      "It works once, within an hour. If it was not you, ignore this mail and your password stays.",
    ],
  }),
  no_password: () => ({
    subject: "Your account has no password",
    parts: ["Somebody, hopefully you, asked for a new password. Your account has none: sign in with your wallet."],
  }),
  password_changed: () => ({
    subject: "Your password was changed",
    parts: ["Your password has just been changed, and all other devices are signed out.", NOT_YOU],
  }),
  email_changed: ({ email }) => ({
    subject: "Your mail address was changed",
    parts: ["Mail of your account goes to another address from now on:", { code: email }, NOT_YOU],
  }),
  wallet_linked: ({ wallet }) => ({
    subject: "A wallet was linked to your account",
    parts: ["This wallet can sign in to your account from now on:", { code: wallet }, NOT_YOU],
  }),
  wallet_unlinked: ({ wallet }) => ({
    subject: "A wallet was removed from your account",
    parts: ["This wallet cannot sign in to your account any more:", { code: wallet }, NOT_YOU],
  }),
  order_news: (order, { page }) => {
    const [subject, sentence] = NEWS[order.news];
    return {
      subject: `Order ${order.order_sn} ${subject}`,
      parts: [
        sentence,
        { rows: orderRows(order, "en", { freight: "Freight", total: "Total" }) },
        { link: page("/orders"), label: "Your orders" },
      ],
    };
  },
  payment_exception: exceptionLetter("en"),
};
