// SPDX-License-Identifier: MIT
#include "proxy_transport.h"

#include "proxy_network.h"
#include "whit/copy.h"

namespace whit {

void ProxyTransport::begin(ProxyNetworkBase* network, uint16_t index, Transport* below, size_t request_size) {
  *this = ProxyTransport();
  network_ = network;
  index_ = index;
  below_ = below;
  end_ = static_cast<uint16_t>(request_size);
  stage_ = Stage::kBelow;
}

Progress ProxyTransport::progress() {
  if (stage_ == Stage::kBelow) {
    const Progress below = below_->progress();
    if (below.layer != Layer::kOpen || below.status != Status::kOk) return below;
    stage_ = Stage::kAsking;
  }
  if (stage_ == Stage::kAsking && ask()) stage_ = Stage::kWaiting;
  if (stage_ == Stage::kWaiting) receive();
  if (stage_ == Stage::kOpen) return {Layer::kOpen, Status::kOk};
  return {Layer::kConnect, stage_ == Stage::kFailed ? Status::kFailed : Status::kWouldBlock};
}

// True: all of the request is written.
bool ProxyTransport::ask() {
  const MutableBytes buffer = network_->buffer(index_);
  while (begin_ < end_) {
    const Transfer sent = below_->write(Bytes(buffer).first(end_).from(begin_));
    if (sent.status == Status::kWouldBlock) return false;
    if (sent.status != Status::kOk) {
      fail(below_->error());
      return false;
    }
    begin_ = static_cast<uint16_t>(begin_ + sent.size);
  }
  begin_ = end_ = 0;
  return true;
}

// Reads until there is nothing more, as the loop does; at most kMaxHeadBytes.
void ProxyTransport::receive() {
  while (stage_ == Stage::kWaiting) {
    const Transfer got = below_->read(network_->buffer(index_));
    if (got.status == Status::kWouldBlock) return;
    if (got.status == Status::kClosed) {
      fail(kProxyEnded);
    } else if (got.status != Status::kOk) {
      fail(below_->error());
    } else if (take(got.size)) {
      stage_ = Stage::kOpen;
      network_->announce(index_);  // bytes of the tunnel may be in the buffer, and more below
    }
  }
}

// The next bytes of the answer are in the buffer. True: the tunnel is open, and from begin_ on they belong to it.
bool ProxyTransport::take(size_t size) {
  const uint8_t* const bytes = network_->buffer(index_).data;
  for (size_t i = 0; i < size; ++i) {
    if (++head_bytes_ > kMaxHeadBytes) {
      fail(kProxyHeadTooLong);
      return false;
    }
    const proxy::Reply::Result result = reply_.take(bytes[i]);
    if (result == proxy::Reply::Result::kMore) continue;
    const uint16_t status = reply_.status();
    if (result == proxy::Reply::Result::kBroken || status < 100 || status > 599 || status == 101) {
      fail(kProxyNotHttp);
      return false;
    }
    reply_ = proxy::Reply();
    if (status < 200) continue;  // interim: RFC 9110, 15.2
    if (status > 299) {
      fail(status);
      return false;
    }
    begin_ = static_cast<uint16_t>(i + 1);
    end_ = static_cast<uint16_t>(size);
    return true;
  }
  return false;
}

void ProxyTransport::fail(int32_t error) {
  error_ = error;
  stage_ = Stage::kFailed;
}

Transfer ProxyTransport::read(MutableBytes destination) {
  if (stage_ != Stage::kOpen) return {Status::kFailed, 0};
  const size_t left = static_cast<size_t>(end_ - begin_);
  if (left == 0) return below_->read(destination);
  const size_t size = left < destination.size ? left : destination.size;
  copy(destination.data, network_->buffer(index_).data + begin_, size);
  begin_ = static_cast<uint16_t>(begin_ + size);
  // After a short read the loop waits for an announcement, and the transport below may have used its own up.
  if (size < destination.size) network_->announce(index_);
  return {Status::kOk, size};
}

Transfer ProxyTransport::write(Bytes source) {
  if (stage_ != Stage::kOpen) return {Status::kFailed, 0};
  return below_->write(source);
}

Status ProxyTransport::finish() { return stage_ == Stage::kOpen ? below_->finish() : Status::kFailed; }

uint32_t ProxyTransport::unacknowledged() const { return stage_ == Stage::kOpen ? below_->unacknowledged() : 0; }

void ProxyTransport::abort() {
  if (stage_ == Stage::kFree) return;
  stage_ = Stage::kFree;
  below_->abort();
}

int32_t ProxyTransport::error() const {
  if (error_ != 0) return error_;
  return stage_ != Stage::kFree ? below_->error() : 0;
}

Address ProxyTransport::remote() const { return stage_ != Stage::kFree ? below_->remote() : Address(); }

}  // namespace whit
