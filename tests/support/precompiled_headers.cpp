// SPDX-License-Identifier: MIT
// The precompiled headers of the tests need a target, and a target needs a source.
