// SPDX-License-Identifier: MIT
// PipeEnd: one end of a byte stream that lives in RAM. Two linked ends behave like a TCP connection on a perfect
// network: a bounded receive buffer (the window), an orderly end per direction, a reset, and a cable that can be cut.
// It refuses nothing and checks nothing: that is PipeTransport's work. Tests hold a bare end as the raw peer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

// Is called when an end changes. PipeTransport turns it into readiness; a raw end has none.
class PipeObserver {
 public:
  virtual void on_input() = 0;   // bytes or the end of the stream arrived
  virtual void on_room() = 0;    // the other side took bytes: there is room again
  virtual void on_broken() = 0;  // reset
  virtual void on_linked() = 0;  // the other side accepted

 protected:
  ~PipeObserver() = default;
};

class PipeEnd;

// A first-in first-out line of ends that wait to be accepted, linked through the ends themselves.
struct PipeBacklog {
  PipeEnd* first = nullptr;
  PipeEnd* last = nullptr;

  void add(PipeEnd& end);
  PipeEnd* take();
  void remove(PipeEnd& end);
};

class PipeEnd {
 public:
  PipeEnd() = default;
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;
  ~PipeEnd() { leave(); }

  // Starts afresh: unlinked, empty, `storage` as the receive buffer (it belongs to the caller).
  void begin(MutableBytes storage, PipeObserver* observer);
  static void link(PipeEnd& one, PipeEnd& other);

  // Moves bytes into the other side's receive buffer; returns how many fitted.
  size_t put(Bytes source);
  // Takes bytes that the other side has put; 0: none now.
  size_t take(MutableBytes destination);

  void finish();  // the end of this side's stream
  void reset();   // breaks both sides; bytes the other side has not taken are lost, as with many TCP stacks
  void leave();   // gives the end up: a reset unless both sides had finished

  // At most `bytes` wait here (and never more than the storage holds). 0 is TCP's zero window.
  void set_window(size_t bytes);
  // The cable is cut: nothing passes any more in either direction, and neither side hears of it.
  void freeze();
  // The other side's stream ends here, now: bytes it puts later are lost. Bytes that wait are kept or dropped.
  void cut_input(bool keep_waiting);

  bool linked() const { return other_ != nullptr; }
  const PipeEnd* other() const { return other_; }
  bool broken() const { return broken_; }
  bool finished() const { return finished_; }
  bool ended() const { return ended_ && size_ == 0 && !frozen_; }  // the other side finished and all is taken
  bool ending() const { return ended_; }                           // ... whether all is taken or not
  bool frozen() const { return frozen_; }
  size_t waiting() const { return frozen_ ? 0 : size_; }
  size_t untaken() const { return other_ != nullptr ? other_->size_ : 0; }  // put() here, and not yet taken there
  size_t room() const;  // how many bytes the other side would take now

 private:
  friend struct PipeBacklog;

  void append(Bytes source);
  void break_down();

  PipeEnd* other_ = nullptr;
  PipeObserver* observer_ = nullptr;
  PipeBacklog* backlog_ = nullptr;  // where it waits to be accepted
  PipeEnd* next_ = nullptr;         // the next in that line
  MutableBytes storage_;
  size_t head_ = 0;
  size_t size_ = 0;
  size_t window_ = 0;
  bool finished_ = false;
  bool ended_ = false;
  bool deaf_ = false;
  bool frozen_ = false;
  bool broken_ = false;
};

}  // namespace whit
