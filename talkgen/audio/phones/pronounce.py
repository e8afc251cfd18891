"""English letter-to-sound rules, for words that no dictionary holds: names, inventions, misspellings.

Context-sensitive rewriting in the manner of Elovitz et al. (1976), "Automatic Translation of English Text to Phonetics by
Means of Letter-to-Sound Rules", with a smaller set of our own. A rule is `left(letters)right PHONES`, read with regular
expressions; the first that fits is taken. In contexts V is a vowel letter, C a consonant, ^ and $ the ends of the word.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

_RULES = """
^(aa?)$ AH | ^C*(a)Ce$ EY | (air) EH R | (are)$ EH R | (arr)V AE R | w(ar) AO R | (ar)V EH R | (ar) AA R | (augh) AO | (au) AO |
(aw) AO | (ay) EY | (ai) EY | (al)[kt] AO L | (all) AO L | w(a)[nst] AA | (a)tion EY | (a)ng AE | (age)$ IH JH | (a)[cgt]e EY |
(a)C[eiy] EY | V.*(al)$ AH L | V.*(a)$ AH | V.*(an)$ AH N | (ae) IY | (ah) AA | (a) AE
m(b)$ - | (bb) B | (b) B
s(c)[eiy] - | (cc)[eiy] K S | (cci) CH | (cc) K | (ch)r K | s(ch)[aeou] K | (tch) CH | (ch) CH | (ck) K | (cia) SH AH | (cious) SH AH S |
(cqu) K W | (c)[eiy] S | (c) K
(dge) JH | (dg)[iy] JH | (dd) D | [ckpsx](ed)$ T | [dt](ed)$ IH D | C(ed)$ D | V(d)$ D | (d) D
^C*(e)$ IY | (eau) OW | (eer) IH R | (ee) IY | (eigh) EY | (ei) IY | (ew) UW | (ear)C ER | (ear) IH R | (ea)d EH | (ea) IY | (eu) Y UW |
(ey)$ IY | (ey) EY | (ere)$ IH R | (er)V EH R | (er) ER | (es)$ Z | (e)$ - | C(e)ly$ - | C(e)ment - | V.*(el)$ AH L | V.*(en)$ AH N | (eo) IY OW |
^C*(e)C[eiu] IY | (e) EH
(ff) F | (f) F
(gh)t - | i(gh) - | ^(gh) G | (gh) - | ^(gn) N | (gn)$ N | (gg) G | (gu)[ei] G | (ge)$ JH | (g)[ey] JH | (g)i[anoc] JH | (g) G
^(h)o[nu]r - | ^(h) HH | [gkrtxw](h) - | (h)V HH | (h) -
^(i)$ AY | (ier)$ IY ER | (ique)$ IY K | (igh) AY | (ign)$ AY N | (ild)$ AY L D | (ind)$ AY N D | (ie)C IY | (ie)$ IY | (ire) AY ER | (ir) ER |
(ism)$ IH Z AH M | (ious) IY AH S | (ia) IY AH | (io)n$ Y AH | (io) IY OW | (i)zation AH | (i)[ckt]e$ AY | (i)C[e]d?$ AY | (i)C[e]s$ AY | (i)$ IY | (i)V IY | (i) IH
(j) JH
^(kn) N | (kk) K | (k) K
(ll) L | C(le)$ AH L | C(les)$ AH L Z | (lk)$ K | (l) L
^(mc) M AH K | (mm) M | (mn)$ M | (m) M
(ng)$ NG | (ng)[bcdfgjkmnpqstvwxz] NG | (ng)[aou] NG G | (ng)[lr] NG G | (n)[kqx] NG | (nn) N | (n) N
^(one) W AH N | (oar) AO R | (oa) OW | (oe)$ OW | (oeu) UW | (oi) OY | (oy) OY | (ook) UH K | (oor) AO R | (oo) UW | (ought) AO T | (ough)$ AH F | (our) AO R | (ould) UH D |
(ous)$ AH S | (oul) OW L | (ou)[dns] AW | (ou)t AW | (ou) UW | (ow)[dln] AW | (ow)$ OW | (ow) AW | (ore)$ AO R | w(or) ER | V.*(or)$ ER | (or) AO R |
(ol)[dt] OW L | ^C*(o)$ OW | (o)$ OW | (o)C[e]s?$ OW | (o)[bgmpt][iy] OW | (oth)er AH DH | V.*(on)$ AH N | V.*(om) AH M | (o)st$ OW | (o)ll OW | (o) AA
(ph) F | ^(ps) S | ^(pn) N | (pp) P | (p) P
(que)$ K | (qu) K W | (q) K
(rrh) R | ^(rh) R | (rr) R | (r) R
(ssion) SH AH N | V(sion) ZH AH N | (sion) SH AH N | (sch)[lmnw] SH | (sch)$ SH | (sh) SH | V(sure)$ ZH ER | (ss) S | V(s)m Z | V(se)$ Z | ^V?C*V(s)V Z | [aeiouybdglmnrvw](s)$ Z | (s) S
(tion) SH AH N | (tial) SH AH L | (tious) SH AH S | (tia) SH AH | (ture) CH ER | (th)e?$ TH | ^(th)[aeiou][mnrstuy]?[e]?$ DH | (ther) DH ER | (th) TH | (tt) T | s(t)le - | (tz) T S | (t) T
^(uni)[cfloqstv] Y UW N IH | ^(un) AH N | (ui) UW | (uy) AY | (ure)$ Y UH R | [lrsj](u)C[eiou] UW | (u)C[eiou] Y UW | (ur) ER | (ue)$ UW | q(u) W | (ul)$ AH L | (um)$ AH M | (us)$ AH S | (u)$ UW | (u) AH
(v) V
^(wr) R | ^(who) HH UW | (wh) W | (w)$ - | (w) W
^(x) Z | (x) K S
^(y)V Y | ^C*(y)$ AY | (y)$ IY | ^C*(yr) ER | (y)C[e] AY | V(y)V Y | (y) IH
(zz) Z | (z) Z
"""  # noqa: E501
_ENDINGS = {"'s": "Z", "s'": "Z", "s": "Z", "ed": "D", "ing": "IH NG", "ly": "L IY", "ness": "N AH S", "less": "L AH S"}
_VOICELESS, _HISSING = {"P", "T", "K", "F", "TH"}, {"S", "Z", "SH", "ZH", "CH", "JH"}


@cache
def _rules() -> dict[str, list[tuple[re.Pattern[str], str, re.Pattern[str], tuple[str, ...]]]]:
    """Rules by their first letter, as (left context, letters, right context, phones)."""
    table: dict[str, list[tuple[re.Pattern[str], str, re.Pattern[str], tuple[str, ...]]]] = {}
    for rule in re.split(r"[|\n]", _RULES):
        found = re.match(r"(.*?)\((\w+)(\??)\)(\S*) (.*)", rule.strip())
        if found:
            left, letters, optional, right, phones = found.groups()
            left, right = (context.replace("V", "[aeiouy]").replace("C", "[b-df-hj-np-tv-xz]") for context in (left, right))
            sound = tuple(phone for phone in phones.split() if phone != "-")
            for spelt in (letters, letters[:-1]) if optional else (letters,):
                table.setdefault(spelt[0], []).append((re.compile(f"(?:{left})$"), spelt, re.compile(right), sound))
    return table


def by_rule(word: str) -> tuple[str, ...]:
    """ARPAbet phones of a lower-case word; letters outside a-z are silent. Never empty: a word without sound is a schwa."""
    phones: list[str] = []
    position = 0
    while position < len(word):
        for left, letters, right, sound in _rules().get(word[position], ()):
            end = position + len(letters)
            if word.startswith(letters, position) and left.search(word[:position]) and right.match(word, end):
                phones += sound
                position = end
                break
        else:
            position += 1
    return tuple(phones) or ("AH",)


def pronounce(word: str, look_up: Callable[[str], str | None]) -> tuple[str, ...]:
    """Phones of a word that the dictionary `look_up` (word to phones, None where unknown) lacks.

    Known words inside it help: a stem with an ending (`zorping`), or two words written as one (`skywalker`); else `by_rule`.
    """
    for ending, sound in _ENDINGS.items():
        stem = look_up(word[: -len(ending)]) if word.endswith(ending) and len(word) > len(ending) + 2 else None
        if stem:
            return _join(stem.split(), ending, sound)
    for cut in range(len(word) - 3, 2, -1):
        first, second = look_up(word[:cut]), look_up(word[cut:])
        if first and second:
            return (*first.split(), *second.split())
    plain = word.removesuffix("'s").replace("'", "")
    phones = by_rule(plain)
    return _join(phones, "'s", "Z") if word.endswith("'s") else phones


def _join(stem: Sequence[str], ending: str, sound: str) -> tuple[str, ...]:
    """A stem with its ending, whose sound follows the stem's last phone (cats, dogs, horses; kissed, begged, wanted)."""
    last = stem[-1]
    if sound == "Z":
        sound = "IH Z" if last in _HISSING else "S" if last in _VOICELESS else "Z"
    elif ending == "ed":
        sound = "IH D" if last in ("T", "D") else "T" if last in _VOICELESS | _HISSING - {"Z", "ZH", "JH"} else "D"
    return (*stem, *sound.split())
