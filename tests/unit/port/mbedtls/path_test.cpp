// SPDX-License-Identifier: MIT
// Which path to a trust anchor counts (RFC 5280, 6.1): any that is good, in whatever order the anchors are configured
// and the certificates are sent (RFC 8446, 4.4.2), and whatever stands beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "unit/port/mbedtls/bench.h"

namespace whit {
namespace {

constexpr int64_t kNow = 1893456000;  // 2030-01-01: paths.py has the dates

using Names = std::vector<std::string>;

const std::string& file(const std::string& name) {
  static std::map<std::string, std::string> files;
  std::string& bytes = files[name];
  if (!bytes.empty()) return bytes;
  std::ifstream stream(WHIT_TEST_PATHS "/" + name, std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(stream), {});
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

std::vector<Bytes> load(const Names& names) {
  std::vector<Bytes> all;
  for (const std::string& name : names)
    all.push_back(as_bytes(Text(file(name + ".der").data(), file(name + ".der").size())));
  return all;
}

std::string text(const Names& names) {
  std::string all;
  for (const std::string& name : names) all += " " + name;
  return all;
}

// The client's verdict on a server with `leaf` and `sent` behind it, when it trusts `trusted`. 0: good.
int32_t result(const std::string& leaf, const Names& sent, const Names& trusted, TlsVersion version,
               TlsDates dates = TlsDates::kClock) {
  TlsBench bench;
  Names chain = sent;
  chain.insert(chain.begin(), leaf);
  const std::vector<Bytes> certificates = load(chain), anchors = load(trusted);
  bench.server_options.certificates = certificates.data();
  bench.server_options.certificate_count = certificates.size();
  const std::string& key = file("leaf.key.der");
  bench.server_options.private_key = as_bytes(Text(key.data(), key.size()));
  bench.client_options.trusted = anchors.data();
  bench.client_options.trusted_count = anchors.size();
  bench.client_options.unix_time = [] { return kNow; };
  bench.client_options.dates = dates;
  bench.start(version);
  bench.connect(0);
  EXPECT_TRUE(bench.until([&] { return bench.ends[0].open || bench.ends[0].over; }, 500));
  const int32_t error = bench.ends[0].open ? 0 : bench.ends[0].error;
  bench.drop_all();
  bench.expect_baseline();
  return error;
}

struct Paths {
  const char* name;
  std::string leaf;
  Names sent;
  Names trusted;
  int32_t result;
};

const Paths kPaths[] = {
    {"Plain", "leaf", {"between"}, {"root"}, 0},
    {"RenewedRoot", "leaf", {"between"}, {"root", "root_expired", "root_future"}, 0},
    {"RootsOfOneName", "leaf", {"between"}, {"root", "root_rekeyed", "other"}, 0},
    {"RenewedIntermediate", "leaf", {"between", "between_expired", "between_future"}, {"root"}, 0},
    {"IntermediatesOfOneName", "leaf", {"between", "between_rekeyed"}, {"root"}, 0},
    {"OfAStranger", "leaf", {"between", "between_of_stranger", "stranger"}, {"root"}, 0},
    {"CrossSigned", "leaf", {"between_of_stranger", "stranger_crossed", "stranger"}, {"root"}, 0},
    {"Deeper", "leaf_deeper", {"deeper", "between", "other"}, {"root"}, 0},
    {"DeeperAndRenewed", "leaf_deeper", {"deeper", "between", "between_expired"}, {"root", "root_expired"}, 0},
    {"SuperfluousRoots", "leaf", {"between", "root_expired", "other", "stranger"}, {"root"}, 0},
    {"IntermediateIsTheAnchor", "leaf", {"root_expired"}, {"between", "between_expired"}, 0},

    {"OnlyExpiredRoot", "leaf", {"between"}, {"root_expired", "other"}, kTlsExpired},
    {"OnlyFutureRoot", "leaf", {"between"}, {"root_future", "other"}, kTlsNotYetValid},
    {"OnlyExpiredIntermediate", "leaf", {"between_expired", "root"}, {"root"}, kTlsExpired},
    {"OnlyFutureIntermediate", "leaf", {"between_future", "root"}, {"root"}, kTlsNotYetValid},
    {"OnlyAnotherKey", "leaf", {"between_rekeyed"}, {"root"}, kTlsUntrusted},
    {"OnlyAnotherRoot", "leaf", {"between"}, {"root_rekeyed", "other"}, kTlsUntrusted},
    {"OnlyAStranger", "leaf", {"between_of_stranger", "stranger"}, {"root"}, kTlsUntrusted},
    {"WithoutIntermediate", "leaf_deeper", {"between", "other"}, {"root"}, kTlsUntrusted},
};

class TlsPaths : public testing::TestWithParam<Paths> {};
INSTANTIATE_TEST_SUITE_P(Tls, TlsPaths, testing::ValuesIn(kPaths), [](const auto& each) { return each.param.name; });

TEST_P(TlsPaths, AreFoundInEveryOrder) {
  Names sent = GetParam().sent;
  int count = 0;
  std::sort(sent.begin(), sent.end());
  do {
    Names trusted = GetParam().trusted;
    std::sort(trusted.begin(), trusted.end());
    do {
      const TlsVersion version = ++count % 2 == 0 ? TlsVersion::kTls12 : TlsVersion::kTls13;
      ASSERT_EQ(result(GetParam().leaf, sent, trusted, version), GetParam().result)
          << "sent:" << text(sent) << "; trusted:" << text(trusted);
    } while (std::next_permutation(trusted.begin(), trusted.end()));
  } while (std::next_permutation(sent.begin(), sent.end()));
}

// The choice of TlsOptions::dates keeps its meaning.
TEST(TlsPathDates, CountAsConfigured) {
  for (const TlsVersion version : {TlsVersion::kTls12, TlsVersion::kTls13}) {
    EXPECT_EQ(result("leaf", {"between_expired"}, {"root_future"}, version, TlsDates::kIgnore), 0);
    EXPECT_NE(result("leaf", {"between_expired"}, {"root"}, version, TlsDates::kFloor), 0);
    EXPECT_EQ(result("leaf", {"between_expired", "between"}, {"root_expired", "root"}, version, TlsDates::kFloor), 0);
  }
}

}  // namespace
}  // namespace whit
