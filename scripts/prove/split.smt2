; What the split and the packed words rest on, for a solver. scripts/prove/lemmas.ts asks for each lemma whether its
; negation can be satisfied; that it cannot proves the lemma for all numbers. A witness must be satisfiable: it shows that
; the solver finds a counterexample where there is one, and that what the lemmas assume is not impossible.

; A leg takes of what is left before it; integers have no width here.
(define-fun fixedTake ((left Int) (amount Int)) Int (ite (< left amount) left amount))
(define-fun ppmTake ((left Int) (share Int) (remaining Int)) Int (div (* left share) remaining))

; --- Induction over units, then over legs. Let what is left before a leg grow by one unit: what the leg takes and what is
; --- left behind it each grow by one or by nothing. Units add up, so both never fall and grow by no more than what was
; --- before them; and what is left behind one leg is what is left before the next.

; lemma: a fixed leg takes at most one unit of one more, and never gives back
(declare-const left Int) (declare-const amount Int)
(assert (and (>= left 0) (>= amount 0)))
(assert (not (<= 0 (- (fixedTake (+ left 1) amount) (fixedTake left amount)) 1)))

; lemma: a ppm leg takes at most one unit of one more, and never gives back
(declare-const left Int) (declare-const share Int) (declare-const remaining Int)
(assert (and (>= left 0) (< 0 share) (<= share remaining)))
(assert (not (<= 0 (- (ppmTake (+ left 1) share remaining) (ppmTake left share remaining)) 1)))

; lemma: then what is left behind a leg never falls either, and grows by at most one unit
(declare-const left Int) (declare-const take Int) (declare-const more Int)
(assert (<= 0 (- more take) 1))
(assert (not (<= 0 (- (- (+ left 1) more) (- left take)) 1)))

; lemma: units add up
(declare-const first Int) (declare-const last Int) (declare-const next Int) (declare-const units Int)
(assert (and (>= units 0) (<= 0 (- last first) units) (<= 0 (- next last) 1)))
(assert (not (<= 0 (- next first) (+ units 1))))

; lemma: a leg takes at least nothing and at most what is left
(declare-const left Int) (declare-const share Int) (declare-const remaining Int) (declare-const amount Int)
(assert (and (>= left 0) (< 0 share) (<= share remaining) (>= amount 0)))
(assert (not (and (<= 0 (ppmTake left share remaining) left) (<= 0 (fixedTake left amount) left))))

; lemma: the ppm behind a leg suffice for the legs behind it
(declare-const remaining Int) (declare-const share Int) (declare-const behind Int)
(assert (and (> share 0) (>= behind 0) (<= (+ share behind) remaining)))
(assert (not (and (<= share remaining) (<= behind (- remaining share)) (>= (- remaining share) 0))))

; --- Rounding. `exact` is what an exact division would have left, `legs` how many ppm legs came before, and the integer
; --- `left` is above it by at most so much.

; lemma: after n legs nobody is off an exact share by more than n units, and none by a unit too little
(declare-const exact Real) (declare-const left Real) (declare-const legs Real) (declare-const take Real)
(declare-const share Real) (declare-const remaining Real) (declare-const exactTake Real) (declare-const exactRest Real)
(assert (and (>= exact 0.0) (>= legs 0.0) (<= exact left) (<= left (+ exact legs)) (< 0.0 share) (<= share remaining)))
(assert (and (<= (* remaining take) (* left share)) (> (* remaining take) (- (* left share) remaining))))
(assert (and (= (* remaining exactTake) (* exact share)) (= exactRest (- exact exactTake))))
(assert (not (and
  (> take (- exactTake 1.0)) (<= take (+ exactTake legs))
  (>= (- left take) exactRest) (<= (- left take) (+ exactRest legs 1.0)))))

; --- Widths: what stands in unchecked or assembly arithmetic stays inside 256 bits, so it is the arithmetic above.

; lemma: the product of a ppm leg does not wrap
(declare-const left Int) (declare-const share Int)
(assert (and (<= 0 left) (< left (^ 2 104)) (<= 0 share 1000000)))
(assert (>= (* left share) (^ 2 256)))

; lemma: a ruling gives the payer at most what is disputed, and does not wrap
(declare-const disputed Int) (declare-const ppm Int)
(assert (and (<= 0 disputed) (< disputed (^ 2 104)) (<= 0 ppm 1000000)))
(assert (not (and (< (* disputed ppm) (^ 2 256)) (<= 0 (div (* disputed ppm) 1000000) disputed))))

; --- Words, bit by bit, as the EVM computes.

; lemma: the one test of `_fits` is: the belief is true, and the amount is from 1 to all there is
(declare-const amount (_ BitVec 256)) (declare-const available (_ BitVec 256)) (declare-const expected (_ BitVec 256))
(assert (not (=
  (and (= available expected) (bvult (bvsub amount (_ bv1 256)) available))
  (and (= available expected) (bvuge amount (_ bv1 256)) (bvule amount available)))))

; lemma: the word of an order gives back what was packed
(declare-const held (_ BitVec 104)) (declare-const captured (_ BitVec 104))
(declare-const releaseAt (_ BitVec 40)) (declare-const marks (_ BitVec 8))
(define-fun word () (_ BitVec 256) (bvor
  ((_ zero_extend 152) held)
  (bvshl ((_ zero_extend 152) captured) (_ bv104 256))
  (bvshl ((_ zero_extend 216) releaseAt) (_ bv208 256))
  (bvshl ((_ zero_extend 248) marks) (_ bv248 256))))
(define-fun quantity () (_ BitVec 256) (bvsub (bvshl (_ bv1 256) (_ bv104 256)) (_ bv1 256)))
(assert (not (and
  (= (bvand word quantity) ((_ zero_extend 152) held))
  (= (bvand (bvlshr word (_ bv104 256)) quantity) ((_ zero_extend 152) captured))
  (= (bvand (bvlshr word (_ bv208 256)) (_ bv1099511627775 256)) ((_ zero_extend 216) releaseAt))
  (= (bvlshr word (_ bv248 256)) ((_ zero_extend 248) marks)))))

; lemma: `lessHeld` takes from what is held and adds a mark, and touches nothing else
(declare-const word (_ BitVec 256)) (declare-const amount (_ BitVec 256)) (declare-const mark (_ BitVec 8))
(define-fun less () (_ BitVec 256) (bvor (bvsub word amount) (bvshl ((_ zero_extend 248) mark) (_ bv248 256))))
(assert (bvule amount ((_ zero_extend 152) ((_ extract 103 0) word))))
(assert (not (and
  (= ((_ extract 103 0) less) (bvsub ((_ extract 103 0) word) ((_ extract 103 0) amount)))
  (= ((_ extract 247 104) less) ((_ extract 247 104) word))
  (= ((_ extract 255 248) less) (bvor ((_ extract 255 248) word) mark)))))

; lemma: adding to what was returned before release leaves what was returned after it alone, and the other way round
(declare-const word (_ BitVec 256)) (declare-const amount (_ BitVec 104)) (declare-const total (_ BitVec 104))
(define-fun before () (_ BitVec 256) (bvadd word ((_ zero_extend 152) amount)))
(define-fun after () (_ BitVec 256) (bvadd word (bvshl ((_ zero_extend 152) amount) (_ bv104 256))))
(assert (bvule ((_ zero_extend 1) ((_ extract 103 0) word)) (bvsub ((_ zero_extend 1) total) ((_ zero_extend 1) amount))))
(assert (bvule amount total))
(assert (not (and
  (= ((_ extract 255 104) before) ((_ extract 255 104) word))
  (= ((_ extract 103 0) after) ((_ extract 103 0) word)))))

; --- Witnesses.

; witness: the naive rule, each release rounded on its own, takes from the merchant
(declare-const released Int) (declare-const more Int)
(define-fun naive ((total Int)) Int (div (* total 50000) 1000000))
(assert (and (>= released 0) (> more 0) (< (- more (* 3 (- (naive (+ released more)) (naive released)))) 0)))

; witness: a share above the rest of the ppm would take more than is left
(declare-const left Int) (declare-const share Int) (declare-const remaining Int)
(assert (and (> left 0) (> share remaining) (> remaining 0) (> (ppmTake left share remaining) left)))

; witness: what the lemmas assume of a ppm leg is possible, and it takes something
(declare-const left Int) (declare-const share Int) (declare-const remaining Int)
(assert (and (> left 0) (< 0 share) (< share remaining) (<= remaining 1000000) (> (ppmTake left share remaining) 0)))
