/** What an operation may cost at most, and what the best peer costs (commerce-payments, 0xSplits; see docs/contracts). */
export type Row = { readonly key: string; readonly bar: number; readonly peer: number | null };

export const ROWS: readonly Row[] = [
  { key: "authorize_erc3009", bar: 111_500, peer: 139_014 },
  { key: "authorize_allowance", bar: 83_000, peer: 162_072 },
  { key: "authorize_eth", bar: 63_000, peer: null },
  { key: "basket3_erc3009_per_order", bar: 66_500, peer: null },
  { key: "authorize_agreement_extra", bar: 9_000, peer: null },
  { key: "capture_release_5", bar: 67_500, peer: 155_210 },
  { key: "capture_only", bar: 38_000, peer: 61_968 },
  { key: "batch10_capture_release_5_per_order", bar: 25_000, peer: null },
  { key: "batch10_release_5_per_order", bar: 23_500, peer: null },
  { key: "charge_erc3009_5", bar: 143_500, peer: 146_868 },
  { key: "void", bar: 51_500, peer: 49_934 },
  { key: "reclaim", bar: 51_500, peer: 49_934 },
  { key: "refund_full", bar: 53_000, peer: 74_902 },
  { key: "withdraw_erc20", bar: 48_000, peer: 50_483 },
  { key: "withdraw_eth", bar: 38_500, peer: 40_016 },
];
