import { exceptionLetter } from "./exceptionLetters.ts";
import { orderRows } from "./orderRows.ts";
import type { Letters, LetterValues } from "./values.ts";

type OrderNews = LetterValues<"order_news">["news"];

const NEWS: Readonly<Record<OrderNews, readonly [subject: string, sentence: string]>> = {
  "order.placed": ["已提交", "我们已收到您的订单，款项到账后即确认。"],
  "payment.confirmed": ["已确认", "款项已到账，订单已确认。感谢您的购买！"],
  "payment.reverted": ["重新等待付款", "您的付款已被区块链撤回，在此期间不会发货。"],
  "payment.returning": ["正在退款", "款项正在退回付款的钱包。"],
  "payment.refunding": ["正在部分退款", "部分款项正在退回付款的钱包。"],
  "order.partially_shipped": ["已部分发货", "您订单中的一部分已在路上。"],
  "order.shipped": ["已发货", "您的包裹已在路上。"],
  "order.completed": ["已完成", "您的订单已完成。"],
  "order.cancelled": ["已取消", "您的订单已取消，已付款项将退回付款的钱包。"],
  "order.expired": ["已过期", "未按时收到付款，订单已结束。迟到的款项会退回。"],
};

const NOT_YOU = "如果不是您本人操作，可能有人知道了您的密码：请立即重置密码并检查您的钱包。";

export const lettersInChinese: Letters = {
  verify_email: (_, { page, token }) => ({
    subject: "请确认您的邮箱地址",
    parts: [
      "有人（希望是您本人）在 Tributary 账户中填写了此邮箱。",
      { link: page(`/verify-email#token=${token}`), label: "确认此邮箱" },
      "或在需要时输入此验证码：",
      { code: token },
      "验证码 24 小时内有效，只能使用一次。如果不是您本人操作，请忽略此邮件。",
    ],
  }),
  email_known: ({ username }, { page }) => ({
    subject: "您已有账户",
    parts: [
      "有人（希望是您本人）想用此邮箱在 Tributary 开设另一个账户。此邮箱已属于您的账户：",
      { code: username },
      { link: page("/forgot-password"), label: "忘记密码？" },
      "如果不是您本人操作，请忽略此邮件。",
    ],
  }),
  reset_password: ({ username }, { page, token }) => ({
    subject: "重置您的密码",
    parts: [
      "有人（希望是您本人）忘记了此账户的密码：",
      { code: username },
      { link: page(`/reset-password#token=${token}`), label: "设置新密码" },
      "或在需要时输入此验证码：",
      { code: token },
      "验证码一小时内有效，只能使用一次。如果不是您本人操作，请忽略此邮件，密码不会改变。",
    ],
  }),
  no_password: () => ({
    subject: "您的账户没有密码",
    parts: ["有人（希望是您本人）请求重置密码。您的账户没有密码：请使用钱包登录。"],
  }),
  password_changed: () => ({
    subject: "您的密码已更改",
    parts: ["您的密码刚刚被更改，其他设备均已退出登录。", NOT_YOU],
  }),
  email_changed: ({ email }) => ({
    subject: "您的邮箱已更改",
    parts: ["从现在起，您账户的邮件将发送到：", { code: email }, NOT_YOU],
  }),
  wallet_linked: ({ wallet }) => ({
    subject: "您的账户已关联钱包",
    parts: ["从现在起，此钱包可以登录您的账户：", { code: wallet }, NOT_YOU],
  }),
  wallet_unlinked: ({ wallet }) => ({
    subject: "您的账户已移除钱包",
    parts: ["此钱包不能再登录您的账户：", { code: wallet }, NOT_YOU],
  }),
  order_news: (order, { page }) => {
    const [subject, sentence] = NEWS[order.news];
    return {
      subject: `订单 ${order.order_sn} ${subject}`,
      parts: [
        sentence,
        { rows: orderRows(order, "zh", { freight: "运费", total: "合计" }) },
        { link: page("/orders"), label: "我的订单" },
      ],
    };
  },
  payment_exception: exceptionLetter("zh"),
};
