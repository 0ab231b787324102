----------------------------- MODULE Publishing -----------------------------
(***************************************************************************)
(* How a decision is carried out: commit, ConfigMap, status, release.      *)
(*                                                                         *)
(* Claims ask for several ports and are edited while a decision is         *)
(* pending. Processes read ConfigMaps and keep using what they read.       *)
(* A released port cools before another claim gets it. Answers of the      *)
(* ledger get lost. Two operators may both believe that they lead, and     *)
(* each may be held up between any two steps for any time.                 *)
(*                                                                         *)
(* A resourceVersion is not a number here but the question that it         *)
(* answers: has somebody else written the object since it was seen?        *)
(* (`rules` for the ledger, `claimSeen` and `mapSeen` for a job.) So the   *)
(* states are finite without a bound on writes, crashes and take-overs.    *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC
CONSTANTS Ops, Uids, Ports, NONE,
          MaxWant,      \* ports that a claim asks for, at most
          MaxEdit, MaxDelete, MaxLost,   \* edits, deletions, lost answers, in all
          MapFirst,     \* TRUE: ConfigMap, status, release; FALSE: status, release, ConfigMap
          MapGuard,     \* TRUE: a ConfigMap is changed only in the version that was seen
          StatusGuard,  \* TRUE: a status is written only on the version that was seen
          FreshCreate,  \* TRUE: a ConfigMap is created only shortly after a commit, else after another one
          HoldBoth,     \* TRUE: until an edit is published, the index holds the old ports and the new ones
          Cooldown,     \* TRUE: a released port cools before it is free
          Releases,     \* TRUE: a commit carries the releases
          Held,         \* TRUE: a commit carries which ports are held
          Lost          \* after a lost answer: "ask" what became of it, "assume" it was written, "reread" and write again
VARIABLES
  exists, want, status,  \* the claims: whether there, how many ports they ask for, the ports in the status
  map,                   \* the ports in each claim's ConfigMap; {} when there is none
  live,                  \* the ports that processes of a claim use, or used less than a cooldown ago
  must,                  \* history: the published ports that the claim has asked for ever since
  ledger,                \* pending: the decisions to publish; releases and held: see above
  op,                    \* the operators
  left                   \* the edits, deletions and lost answers that are left
world == <<exists, want, status, map, live, must>>
vars == <<world, ledger, op, left>>

None == [u \in Uids |-> NONE]
Empty == [u \in Uids |-> {}]
\* held: the published ports of each claim; next: its decision that is not published yet; cooling: the released ports.
Down == [st |-> "down", rules |-> FALSE, answer |-> "known", held |-> Empty, next |-> None, cooling |-> {}, job |-> NONE]
Init == /\ exists = Uids /\ want = [u \in Uids |-> 1] /\ status = Empty
        /\ map = Empty /\ live = Empty /\ must = Empty
        /\ ledger = [pending |-> None, releases |-> {}, held |-> {}]
        /\ op = [o \in Ops |-> Down]
        /\ left = [edits |-> MaxEdit, deletes |-> MaxDelete, lost |-> MaxLost]

(* Somebody wrote the ledger, a claim, a ConfigMap: what operators saw of it before is old now. *)
Ruling(ops, o) == [x \in Ops |-> [ops[x] EXCEPT !.rules = (x = o)]]
OldClaim(ops, u) == [x \in Ops |->
  IF ops[x].job # NONE /\ ops[x].job.u = u THEN [ops[x] EXCEPT !.job.claimSeen = FALSE] ELSE ops[x]]
OldMap(ops, u) == [x \in Ops |->
  IF ops[x].job # NONE /\ ops[x].job.u = u THEN [ops[x] EXCEPT !.job.mapSeen = FALSE] ELSE ops[x]]

(* users and their processes *)
Edit == \E u \in exists, n \in 0..MaxWant :
  /\ n # want[u] /\ left.edits > 0 /\ left' = [left EXCEPT !.edits = @ - 1]
  /\ want' = [want EXCEPT ![u] = n]
  /\ must' = IF n < want[u] THEN [must EXCEPT ![u] = {}] ELSE must
  /\ op' = OldClaim(op, u)
  /\ UNCHANGED <<exists, status, map, live, ledger>>
Delete == \E u \in exists :
  /\ left.deletes > 0 /\ left' = [left EXCEPT !.deletes = @ - 1]
  /\ exists' = exists \ {u} /\ status' = [status EXCEPT ![u] = {}] /\ must' = [must EXCEPT ![u] = {}]
  /\ op' = OldClaim(op, u)
  /\ UNCHANGED <<want, map, live, ledger>>
Collect == \E u \in Uids \ exists :   \* the garbage collector
  /\ map[u] # {} /\ map' = [map EXCEPT ![u] = {}] /\ op' = OldMap(op, u)
  /\ UNCHANGED <<exists, want, status, live, must, ledger, left>>
Read == \E u \in Uids :
  /\ ~ map[u] \subseteq live[u] /\ live' = [live EXCEPT ![u] = @ \cup map[u]]
  /\ UNCHANGED <<exists, want, status, map, must, ledger, op, left>>
End == \E u \in Uids, p \in Ports :   \* the process ended, and a cooldown ago
  /\ p \in live[u] /\ live' = [live EXCEPT ![u] = @ \ {p}]
  /\ UNCHANGED <<exists, want, status, map, must, ledger, op, left>>

(* taking the lead *)
All(f) == UNION {f[u] : u \in {x \in Uids : f[x] # NONE}}
Fence(o) ==
  /\ op[o].st = "down" /\ op' = Ruling([op EXCEPT ![o].st = "fenced"], o)
  /\ UNCHANGED <<world, ledger, left>>
Load(o) ==
  /\ op[o].st = "fenced"
  /\ LET held == [u \in Uids |-> IF u \in exists THEN status[u] ELSE {}]
         next == [u \in Uids |-> IF u \in exists /\ ledger.pending[u] # status[u] THEN ledger.pending[u] ELSE NONE]
         known == ledger.releases \cup ledger.held \cup All(ledger.pending)
     IN op' = [op EXCEPT ![o] = [@ EXCEPT !.st = "serving", !.held = held, !.next = next,
                                          !.cooling = known \ (All(held) \cup All(next))]]
  /\ UNCHANGED <<world, ledger, left>>
Crash(o) == /\ op[o].st # "down" /\ op' = [op EXCEPT ![o] = Down] /\ UNCHANGED <<world, ledger, left>>

(* deciding: all the ports that are asked for, or none *)
Idle(o) == op[o].st = "serving" /\ op[o].job = NONE
Free(o) == Ports \ (All(op[o].held) \cup All(op[o].next) \cup op[o].cooling)
Decisions(o, u) ==
  LET held == op[o].held[u] IN
  IF op[o].next[u] # NONE THEN {op[o].next[u]}   \* what is committed is published, then withdrawn
  ELSE {s \in SUBSET (held \cup Free(o)) :
          Cardinality(s) = want[u] /\ s # held /\ (s \subseteq held \/ held \subseteq s)}
Decide(o) ==
  /\ Idle(o)
  /\ \E u \in exists : \E s \in Decisions(o, u) :
       op' = [op EXCEPT ![o] = [@ EXCEPT
         !.next[u] = s,
         !.held[u] = IF HoldBoth THEN @ ELSE @ \cap s,
         !.cooling = IF HoldBoth THEN @ ELSE @ \cup (op[o].held[u] \ s),
         !.job = [u |-> u, ports |-> s, step |-> "commit",
                  claimSeen |-> TRUE, mapSeen |-> TRUE, hadMap |-> map[u] # {}]]]
  /\ UNCHANGED <<world, ledger, left>>

(* the commit: a compare-and-swap, whose answer may get lost *)
Batch(o) == [pending |-> op[o].next,
             releases |-> IF Releases THEN op[o].cooling ELSE {},
             held |-> IF Held THEN All(op[o].held) ELSE {}]
Committed(ops, o) == [ops EXCEPT ![o].answer = "known", ![o].job.step = IF MapFirst THEN "map" ELSE "status"]
Commits(o) == op[o].job # NONE /\ op[o].job.step = "commit"
Halt(o) == op' = [op EXCEPT ![o] = Down] /\ UNCHANGED ledger
Commit(o) ==
  /\ Commits(o) /\ op[o].answer = "known"
  /\ IF op[o].rules THEN ledger' = Batch(o) /\ op' = Committed(op, o) ELSE Halt(o)
  /\ UNCHANGED <<world, left>>
LoseAnswer(o) ==
  /\ Commits(o) /\ op[o].answer = "known"
  /\ left.lost > 0 /\ left' = [left EXCEPT !.lost = @ - 1]
  /\ op' = IF Lost = "assume" THEN Committed(op, o) ELSE [op EXCEPT ![o].answer = "unknown"]
  /\ UNCHANGED <<world, ledger>>
ArriveLate(o) ==      \* the write whose answer is lost, or the same write sent again
  /\ op[o].answer = "unknown" /\ op[o].rules
  /\ ledger' = Batch(o) /\ op' = [op EXCEPT ![o].answer = "written"]
  /\ UNCHANGED <<world, left>>
Ask(o) ==             \* reads the ledger: is the last commit its own?
  /\ op[o].answer # "known"
  /\ CASE op[o].rules -> op[o].answer = "written" /\ op' = Committed(op, o) /\ UNCHANGED ledger
       [] ~op[o].rules /\ Lost # "reread" -> Halt(o)
       [] OTHER -> ledger' = Batch(o) /\ op' = Ruling(Committed(op, o), o)
  /\ UNCHANGED <<world, left>>

(* publishing; a job that finds something changed gives up, and the claim is looked at again *)
GiveUp(o) == op' = [op EXCEPT ![o].job = NONE] /\ UNCHANGED <<world, ledger>>
WriteMap(o) ==
  /\ op[o].job # NONE /\ op[o].job.step = "map"
  /\ LET j == op[o].job
         creates == j.ports # {} /\ ~j.hadMap
         done == [op EXCEPT ![o].job = IF MapFirst THEN [j EXCEPT !.step = "status"] ELSE NONE]
     IN IF creates /\ FreshCreate /\ ~op[o].rules THEN Halt(o) /\ UNCHANGED world
        ELSE IF IF creates THEN map[j.u] = {} ELSE j.mapSeen \/ ~MapGuard
        THEN /\ map' = [map EXCEPT ![j.u] = j.ports]
             /\ op' = IF map' = map THEN done ELSE [OldMap(op, j.u) EXCEPT ![o] = done[o]]
             /\ UNCHANGED <<exists, want, status, live, must, ledger>>
        ELSE GiveUp(o)
  /\ UNCHANGED left
Freed(o, ports) == IF Cooldown THEN op[o].cooling \cup ports ELSE op[o].cooling
WriteStatus(o) ==     \* and then releases what the claim no longer holds
  /\ op[o].job # NONE /\ op[o].job.step = "status"
  /\ LET j == op[o].job
         settled == [op[o] EXCEPT !.held[j.u] = j.ports, !.next[j.u] = NONE,
                                  !.cooling = Freed(o, op[o].held[j.u] \ j.ports),
                                  !.job = IF MapFirst THEN NONE ELSE [j EXCEPT !.step = "map"]]
     IN IF j.u \in exists /\ (j.claimSeen \/ ~StatusGuard)
        THEN /\ status' = [status EXCEPT ![j.u] = j.ports]
             /\ must' = [must EXCEPT ![j.u] = IF Cardinality(j.ports) <= want[j.u] THEN j.ports ELSE {}]
             /\ op' = [OldClaim(op, j.u) EXCEPT ![o] = settled]
             /\ UNCHANGED <<exists, want, map, live, ledger>>
        ELSE GiveUp(o)
  /\ UNCHANGED left

(* releasing *)
ReleaseGone(o) ==     \* a quorum read says that the claim is gone; its ConfigMap is deleted first
  /\ Idle(o)
  /\ \E u \in Uids \ exists :
       /\ op[o].held[u] # {} \/ op[o].next[u] # NONE
       /\ map' = [map EXCEPT ![u] = {}]
       /\ LET ports == op[o].held[u] \cup (IF op[o].next[u] = NONE THEN {} ELSE op[o].next[u])
              ops == IF map' = map THEN op ELSE OldMap(op, u)
          IN op' = [ops EXCEPT ![o] = [@ EXCEPT !.held[u] = {}, !.next[u] = NONE, !.cooling = Freed(o, ports)]]
  /\ UNCHANGED <<exists, want, status, live, must, ledger, left>>
Cool(o) ==            \* not while a process uses it, nor while there is the ConfigMap of a claim that is gone
  /\ op[o].st = "serving" /\ op[o].answer = "known"
  /\ \A u \in Uids \ exists : map[u] = {}
  /\ \E p \in op[o].cooling :
       /\ \A u \in Uids : p \notin live[u]
       /\ op' = [op EXCEPT ![o].cooling = @ \ {p}]
  /\ UNCHANGED <<world, ledger, left>>

Next == \/ Edit \/ Delete \/ Collect \/ Read \/ End
        \/ \E o \in Ops : \/ Fence(o) \/ Load(o) \/ Crash(o) \/ Decide(o) \/ Commit(o) \/ LoseAnswer(o) \/ ArriveLate(o)
                          \/ Ask(o) \/ WriteMap(o) \/ WriteStatus(o) \/ ReleaseGone(o) \/ Cool(o)
Spec == Init /\ [][Next]_vars

Named(u) == map[u] \cup status[u]
NoDouble == \A a, b \in Uids : a # b => Named(a) \cap Named(b) = {}
NoReuse == \A a, b \in Uids : a # b => live[a] \cap map[b] = {}
Sticky == \A u \in exists : must[u] \subseteq status[u] /\ must[u] \subseteq map[u]
Known == \A o \in Ops : op[o].st = "serving" /\ op[o].rules =>
           \A u \in Uids : Named(u) \subseteq All(op[o].held) \cup All(op[o].next) \cup op[o].cooling
Sym == Permutations(Ops) \cup Permutations(Uids) \cup Permutations(Ports)
=============================================================================
