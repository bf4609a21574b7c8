// SPDX-License-Identifier: Apache-2.0

package bundletree

import (
	"github.com/dtn-tools/tcpcl/bundle"
)

var scopeFlags = []flag{
	{1, "bpsec.defaultsc.scope.pri_block", "Primary Block"},
	{2, "bpsec.defaultsc.scope.tgt_head", "Target Header"},
	{4, "bpsec.defaultsc.scope.sec_head", "Security Header"},
}

// security adds the abstract security block of a BIB or a BCB (RFC 9172 3.6).
func (t *tree) security(k *bundle.Block) {
	s, err := k.Security()
	if err != nil && len(s.Targets) == 0 {
		return
	}
	name, label := "bpsec.bib", "BPSec Block Integrity Block"
	if k.Type == bundle.BlockBCB {
		name, label = "bpsec.bcb", "BPSec Block Confidentiality Block"
	}
	t.group(name, label, "", k.DataSpan, func() {
		t.uint("bpsec.asb.target_count", "Security Targets, Count", uint64(len(s.Targets)), s.TargetsSpan)
		t.depth++
		for _, n := range s.Targets {
			t.uint("bpsec.asb.target", "Target Block Number", n, none)
		}
		t.depth--
		if s.ContextSpan.Length > 0 {
			t.uint("bpsec.asb.ctxid", "Context ID", uint64(s.Context), s.ContextSpan).Text = s.ContextName()
		}
		if s.FlagsSpan.Length > 0 {
			t.flags("bpsec.asb.flags", "Flags", s.Flags, 16, s.FlagsSpan,
				[]flag{{bundle.SecurityHasParameters, "bpsec.asb.flags.has_params", "Parameters Present"}})
		}
		t.eid7("bpsec.asb.secsrc.nodeid", "bpsec.asb.secsrc.uri", "Security Source", &s.Source, s.SourceSpan)
		if s.ParametersSpan.Length > 0 {
			t.uint("bpsec.asb.param_count", "Security Parameters, Count", uint64(len(s.Parameters)), s.ParametersSpan)
			t.depth++
			for i := range s.Parameters {
				t.item("bpsec.asb.param", "Parameter", &s, &s.Parameters[i], s.ParameterName(s.Parameters[i].ID))
			}
			t.depth--
		}
		if s.ResultsSpan.Length > 0 {
			t.uint("bpsec.asb.result_count", "Security Result Targets, Count", uint64(len(s.Results)), s.ResultsSpan)
			t.depth++
			for i, results := range s.Results {
				if i < len(s.Targets) {
					t.uint("bpsec.asb.result_tgt_ref", "Associated Target Block Number", s.Targets[i], none)
				}
				t.uint("bpsec.asb.result_count", "Security Results, Count", uint64(len(results)), none)
				for j := range results {
					t.item("bpsec.asb.result", "Result", &s, &results[j], s.ResultName(results[j].ID))
				}
			}
			t.depth--
		}
	})
}

// item adds a parameter or a result.
func (t *tree) item(name, label string, s *bundle.Security, i *bundle.SecurityItem, meaning string) {
	t.group(name, label, meaning, i.Span, func() {
		t.uint(name+".id", "Type ID", i.ID, none).Text = meaning
		number, isNumber := i.Uint()
		value, isOctets := i.Bytes()
		switch {
		case meaning == "SHA Variant" && isNumber:
			t.uint("bpsec.defaultsc.shavar", meaning, number, i.Span).Text = map[uint64]string{5: "HMAC 256/256", 6: "HMAC 384/384", 7: "HMAC 512/512"}[number]
		case meaning == "AES Variant" && isNumber:
			t.uint("bpsec.defaultsc.aesvar", meaning, number, i.Span).Text = map[uint64]string{1: "A128GCM", 3: "A256GCM"}[number]
		case (meaning == "Integrity Scope Flags" || meaning == "AAD Scope Flags") && isNumber:
			t.flags("bpsec.defaultsc.scope", meaning, number, 16, i.Span, scopeFlags)
		case meaning == "Wrapped Key" && isOctets:
			t.octets("bpsec.defaultsc.wrappedkey", meaning, value, i.Span)
		case meaning == "Initialization Vector" && isOctets:
			t.octets("bpsec.defaultsc.iv", meaning, value, i.Span)
		case meaning == "Expected HMAC" && isOctets:
			t.octets("bpsec.defaultsc.hmac", meaning, value, i.Span)
		case meaning == "Authentication Tag" && isOctets:
			t.octets("bpsec.defaultsc.authtag", meaning, value, i.Span)
		default:
			t.octets("", "Value", i.Value, i.Span)
		}
	})
}
