// What io_uring can be asked for here, and how (linux/io_uring.h).

export const OPERATION = { poll: 6, timeout: 11, accept: 13, close: 19, send: 26, recv: 27 };
export type Operation = keyof typeof OPERATION;

/** Their names, by number. */
export const OPERATION_NAMES: readonly Operation[] = Object.entries(OPERATION).reduce<Operation[]>(
  (names, [name, n]) => {
    names[n] = name as Operation;
    return names;
  },
  [],
);

const IORING_ACCEPT_MULTISHOT = 1;
const IORING_RECVSEND_POLL_FIRST = 1;
const IORING_RECV_MULTISHOT = 2;
const IOSQE_BUFFER_SELECT = 1 << 5;
const IOSQE_CQE_SKIP_SUCCESS = 1 << 6;
export const IORING_CQE_F_BUFFER = 1;
export const IORING_CQE_F_MORE = 2;

// The first word of an entry: the operation, its flags, its priority.
export const ACCEPT_MULTISHOT = OPERATION.accept | (IORING_ACCEPT_MULTISHOT << 16);
// POLL_FIRST: a client that was just answered has said nothing yet.
export const RECV = OPERATION.recv | (IOSQE_BUFFER_SELECT << 8) | (IORING_RECVSEND_POLL_FIRST << 16);
export const RECV_MULTISHOT = RECV | (IORING_RECV_MULTISHOT << 16);
export const CLOSE = OPERATION.close | (IOSQE_CQE_SKIP_SUCCESS << 8);
