// Completion: one thread asks the kernel for work to be done, and is told when it is; no call waits but one.
// Mechanism: io_uring; a multishot accept, and for each client one operation under way: recv, or send, never both.
// Cost: one io_uring_enter a turn, whoever is ready; buffers are the kernel's while it works, and must be given back.
#include "../listen.h"
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum {
  SUBMISSIONS = 1024,   // powers of two
  COMPLETIONS = 8192,
  BUFFERS = 32768,      // the most that a ring of buffers may have
  BUFFERS_AT_FIRST = 64,
};

enum operation { ACCEPT, ACCEPT_LATER, RECV, SEND, CLOSE };

// By descriptor: what was received into `buffer` and not yet sent back is its [start, end).
static struct client {
  uint32_t start, end;
  uint16_t buffer;
} clients[BUFFERS];

static void serve(int listener);
static void accept_client(int listener, int fd, unsigned flags);
static void echo(int fd, enum operation done, int result, unsigned flags);
static void leave(int fd);
static void ask_accept(int listener);
static void ask_accept_later(int listener);
static void ask_recv(int fd);
static void ask_send(int fd);
static void give_buffer(unsigned id);
static void add_buffer(void);
static void set_up_ring(void);
static void set_up_buffers(void);
static struct io_uring_sqe *next_submission(enum operation operation, int fd);
static void enter(unsigned least);

// Head and tail are shared with the kernel: what stands before them must be seen before they are.
static unsigned load(const unsigned *shared) { return __atomic_load_n(shared, __ATOMIC_ACQUIRE); }
static void store(unsigned *shared, unsigned value) { __atomic_store_n(shared, value, __ATOMIC_RELEASE); }

static struct {
  int fd;
  unsigned *submission_head, *submission_tail, submitted;
  struct io_uring_sqe *submissions;
  unsigned *completion_head, *completion_tail;
  struct io_uring_cqe *completions;
  struct io_uring_buf_ring *buffers;
  uint16_t buffers_tail;
  unsigned buffers_made;
  char *memory;
} ring;

int main(int argc, char **argv) { serve(open_listener(argc, argv, 0)); }

static void serve(int listener) {
  set_up_ring();
  set_up_buffers();
  ask_accept(listener);
  print_ready_line(listener);

  for (unsigned head = 0;;) {
    enter(1);
    for (unsigned tail = load(ring.completion_tail); head != tail;) {
      struct io_uring_cqe completion = ring.completions[head & (COMPLETIONS - 1)];
      store(ring.completion_head, head += 1);
      enum operation done = completion.user_data >> 32;
      int fd = (int)(uint32_t)completion.user_data;
      if (done == ACCEPT) accept_client(fd, completion.res, completion.flags);
      if (done == ACCEPT_LATER) ask_accept(fd);
      if (done == RECV || done == SEND) echo(fd, done, completion.res, completion.flags);
    }
  }
}

static void accept_client(int listener, int fd, unsigned flags) {
  if (fd >= 0) ask_recv(fd);
  if (flags & IORING_CQE_F_MORE) return;  // the one accept goes on, and brings the next client
  errno = fd < 0 ? -fd : 0;
  if (errno == 0) ask_accept(listener);
  else if (can_accept_again(errno)) ask_accept_later(listener);  // until then, a client that comes waits in the backlog
  else die("accept");
}

// Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
static void echo(int fd, enum operation done, int result, unsigned flags) {
  struct client *client = &clients[fd];
  if (done == RECV) {
    if (flags & IORING_CQE_F_BUFFER) client->buffer = (uint16_t)(flags >> IORING_CQE_BUFFER_SHIFT);
    if (result > 0) {
      client->start = 0;
      client->end = (uint32_t)result;
      ask_send(fd);
      return;
    }
    if (flags & IORING_CQE_F_BUFFER) give_buffer(client->buffer);
    if (result == -ENOBUFS) add_buffer();  // others hold them all: who finds none brings one along
    if (result == -ENOBUFS || is_nothing_yet(-result)) ask_recv(fd);
    else leave(fd);  // FIN, or a reset
    return;
  }
  if (result > 0) client->start += (uint32_t)result;
  bool is_gone = result < 0 && !is_nothing_yet(-result);  // ECONNRESET, EPIPE
  if (!is_gone && client->start < client->end) {
    ask_send(fd);  // a short send: the rest is sent on
    return;
  }
  give_buffer(client->buffer);
  if (is_gone) leave(fd);
  else ask_recv(fd);
}

// Nothing of this client is under way, so its descriptor may be somebody else's at once.
static void leave(int fd) {
  struct io_uring_sqe *submission = next_submission(CLOSE, fd);
  submission->opcode = IORING_OP_CLOSE;
  submission->flags = IOSQE_CQE_SKIP_SUCCESS;
}

static void ask_accept(int listener) {
  struct io_uring_sqe *submission = next_submission(ACCEPT, listener);
  submission->opcode = IORING_OP_ACCEPT;
  submission->ioprio = IORING_ACCEPT_MULTISHOT;
  submission->accept_flags = SOCK_CLOEXEC;
}

static void ask_accept_later(int listener) {
  static const struct __kernel_timespec pause = {.tv_nsec = RETRY_ACCEPT_MS * 1000000LL};
  struct io_uring_sqe *submission = next_submission(ACCEPT_LATER, listener);
  submission->opcode = IORING_OP_TIMEOUT;
  submission->addr = (uintptr_t)&pause;
  submission->len = 1;
}

static void ask_recv(int fd) {
  struct io_uring_sqe *submission = next_submission(RECV, fd);
  submission->opcode = IORING_OP_RECV;
  submission->ioprio = IORING_RECVSEND_POLL_FIRST;  // a client that was just answered has said nothing yet
  submission->flags = IOSQE_BUFFER_SELECT;          // the kernel takes a buffer when bytes are there, not before
  submission->len = CHUNK;
}

static void ask_send(int fd) {
  const struct client *client = &clients[fd];
  struct io_uring_sqe *submission = next_submission(SEND, fd);
  submission->opcode = IORING_OP_SEND;
  submission->addr = (uintptr_t)(ring.memory + (size_t)client->buffer * CHUNK + client->start);
  submission->len = client->end - client->start;
  submission->msg_flags = MSG_NOSIGNAL;
}

static void give_buffer(unsigned id) {
  struct io_uring_buf *buffer = &ring.buffers->bufs[ring.buffers_tail & (BUFFERS - 1)];
  buffer->addr = (uintptr_t)(ring.memory + (size_t)id * CHUNK);
  buffer->len = CHUNK;
  buffer->bid = (uint16_t)id;
  __atomic_store_n(&ring.buffers->tail, ring.buffers_tail += 1, __ATOMIC_RELEASE);
}

static void add_buffer(void) {
  if (ring.buffers_made < BUFFERS) give_buffer(ring.buffers_made++);
}

static void set_up_ring(void) {
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = COMPLETIONS,
  };
  ring.fd = (int)syscall(SYS_io_uring_setup, SUBMISSIONS, &params);
  if (ring.fd == -1) {
    fprintf(stderr, "server: io_uring_setup: %s (needs Linux 6.1, and a sandbox that allows it)\n", strerror(errno));
    exit(69);  // EX_UNAVAILABLE, sysexits(3): no failure of this program
  }

  size_t submissions_size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  size_t completions_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  size_t size = submissions_size > completions_size ? submissions_size : completions_size;
  const int access = PROT_READ | PROT_WRITE, how = MAP_SHARED | MAP_POPULATE;
  char *shared = mmap(NULL, size, access, how, ring.fd, IORING_OFF_SQ_RING);  // both rings: IORING_FEAT_SINGLE_MMAP
  ring.submissions = mmap(NULL, SUBMISSIONS * sizeof *ring.submissions, access, how, ring.fd, IORING_OFF_SQES);
  if (shared == MAP_FAILED || ring.submissions == MAP_FAILED) die("mmap of the rings");
  ring.submission_head = (unsigned *)(shared + params.sq_off.head);
  ring.submission_tail = (unsigned *)(shared + params.sq_off.tail);
  ring.completion_head = (unsigned *)(shared + params.cq_off.head);
  ring.completion_tail = (unsigned *)(shared + params.cq_off.tail);
  ring.completions = (struct io_uring_cqe *)(shared + params.cq_off.cqes);
  // Submissions are made in order, so the ring that tells their order never changes.
  unsigned *order = (unsigned *)(shared + params.sq_off.array);
  for (unsigned i = 0; i < SUBMISSIONS; i += 1) order[i] = i;
}

static void set_up_buffers(void) {
  // No descriptor is larger than the number of buffers: nobody waits in vain for one, and accept tells the limit.
  struct rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  if (descriptors.rlim_cur > BUFFERS) descriptors.rlim_cur = BUFFERS;
  if (setrlimit(RLIMIT_NOFILE, &descriptors) == -1) die("setrlimit");

  const int access = PROT_READ | PROT_WRITE, how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  ring.buffers = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf), access, how, -1, 0);
  ring.memory = mmap(NULL, (size_t)BUFFERS * CHUNK, access, how, -1, 0);  // addresses; memory comes as it is used
  if (ring.buffers == MAP_FAILED || ring.memory == MAP_FAILED) die("mmap of the buffers");
  struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)ring.buffers, .ring_entries = BUFFERS};
  if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PBUF_RING, &registration, 1) == -1)
    die("io_uring_register");
  while (ring.buffers_made < BUFFERS_AT_FIRST) add_buffer();
}

static struct io_uring_sqe *next_submission(enum operation operation, int fd) {
  while (ring.submitted - load(ring.submission_head) == SUBMISSIONS) enter(0);  // it is full
  struct io_uring_sqe *submission = &ring.submissions[ring.submitted & (SUBMISSIONS - 1)];
  ring.submitted += 1;
  memset(submission, 0, sizeof *submission);
  submission->fd = fd;
  submission->user_data = (uint64_t)operation << 32 | (uint32_t)fd;
  return submission;
}

// Submits what was asked and waits for at least so many completions: the one system call.
static void enter(unsigned least) {
  store(ring.submission_tail, ring.submitted);
  unsigned waiting = ring.submitted - load(ring.submission_head);
  unsigned flags = least > 0 ? IORING_ENTER_GETEVENTS : 0;
  if (syscall(SYS_io_uring_enter, ring.fd, waiting, least, flags, NULL, 0) != -1) return;
  // What was not submitted still stands in the ring, and goes with the next call.
  if (errno != EINTR && errno != EAGAIN && errno != EBUSY) die("io_uring_enter");
}
