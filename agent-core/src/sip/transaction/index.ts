/** SIP transactions (RFC 3261 §17, RFC 6026). */
export { ClientTransaction, type TransactionTransport } from "./client-transaction.ts";
export { ServerTransaction } from "./server-transaction.ts";
export { PATIENCE, T1, T2 } from "./timers.ts";
export { TransactionLayer, type Via } from "./transaction-layer.ts";
