------------------------------- MODULE PodScope -------------------------------
(***************************************************************************)
(* How a pod gets a number of its own: hold wide, then narrow.             *)
(*                                                                         *)
(* A pod waits behind a scheduling gate. Before it has a node, its number  *)
(* is held wide: on every node, also on those that join later. The patch   *)
(* that removes the gate writes the number, and the nodes to leave out     *)
(* because another holder is there. Once the pod has a node, its number is *)
(* held narrow, only there.                                                *)
(*                                                                         *)
(* Fence, list, replay and commit are those of Ledger.tla. One claim K of  *)
(* scope Node or Cluster competes for the numbers. Two operators may both  *)
(* believe that they lead, and a patch may arrive any time after it was    *)
(* sent.                                                                   *)
(*                                                                         *)
(* A pod is absent, gated, open (its gate is gone), bound to a node,       *)
(* ending (deleted, its process may live), and gone. Or it is done (its    *)
(* process ended by itself, the object is still there), or deleting        *)
(* (deleted before it had a node; only a finalizer keeps the object).      *)
(*                                                                         *)
(* An operator has no cache here. It sees a node or an end late, because   *)
(* its steps come late; neither is ever taken back, so a late step on what *)
(* is true now is the same as a step on what was true before.              *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC
CONSTANTS Ops, Pods, Nodes, NONE,
          Nums,         \* the numbers that a block may begin with
          Width,        \* how many consecutive numbers a pod has, and the claim
          SameName,     \* pods of one name, one after the other
          Pinned,       \* pods that may only run on PinNode, as those of a DaemonSet
          PinNode,
          Finalizer,    \* pods with a finalizer
          Late,         \* nodes that join later
          K,            \* the claim
          KScope,       \* "Node", "Cluster" or "none": there is no claim
          KNode,        \* the node of a claim of scope Node
          Force,        \* TRUE: pods are deleted by force while their processes live
          Done,         \* TRUE: processes end by themselves
          MaxRv, MaxNet, MaxCrash,   \* ledger writes; patches under way at a time; crashes
          Fence,        \* TRUE: commit by compare-and-swap; FALSE: a plain write
          FenceFirst,   \* TRUE: a new leader fences before it lists; FALSE: lists, then fences
          CommitFirst,  \* TRUE: a decision is committed before it is sent
          GateTest,     \* TRUE: a patch tests that the gate is there
          UidTest,      \* TRUE: a patch tests the pod's UID
          ExWhen,       \* the nodes to leave out are computed "decide": in the decision; "send": at each sending; "old": before it
          ReplayCommit, \* TRUE: a new leader replays only after one more commit
          ReplayEx,     \* a replay leaves out nodes by "index": the new leader's index; "wait": the same, but not while its number
                        \* cools on every node; "ledger": what the pending entry says
          NarrowSeen,   \* TRUE: a hold becomes narrow when the pod's node is seen; FALSE: before
          NarrowStays,  \* TRUE: a narrow hold never becomes wide again
          UnknownWide,  \* TRUE: the number of a pod that ended unseen without a known node cools on every node; FALSE: is free
          TakeWide,     \* TRUE: a take-over holds wide what a pod without gate and node has
          TakePinned,   \* TRUE: but for its node only if the pod is pinned
          EndedFree,    \* TRUE: a take-over holds nothing for a pod that is done or deleting
          CountHolders, \* TRUE: a commit carries how many hold each number; FALSE: only whether it is held
          Releases,     \* TRUE: every commit carries the releases; FALSE: only an empty one does
          BlockedStays, \* TRUE: a blocked slot does not go back to a pod of the same name, only a cooling one
          KSeesWide,    \* TRUE: the claim does not get a number that a pod holds wide
          Policies      \* TRUE: nobody else can remove the gate
VARIABLES
  pod,      \* phase, number, the nodes to leave out, node, and whether it was deleted by force
  alive,    \* the pods whose processes live
  joined,   \* the nodes that are there
  k,        \* the claim: phase and number
  first,    \* history: the first number of each pod
  rv, pend, \* the ledger: its version, and the pending entries
  lheld,    \* the ledger: how many hold each number
  lcool,    \* the ledger: the releases
  st, mrv,  \* the operators: state, and the version of the last own ledger write
  hold,     \* the index: each pod's number, and where (W: on every node)
  cool,     \* the released slots: blocked while the process may live, else cooling
  todo,     \* the entries to publish
  dec,      \* the decision to commit
  seen,     \* those whose end is seen
  old,      \* what was computed or listed too early, without the guards
  net,      \* the patches under way
  crashes
api == <<pod, alive, joined, k, first>>
root == <<rv, pend, lheld, lcool>>
oper == <<st, mrv, hold, cool, todo, dec, seen, old>>
vars == <<api, root, oper, net, crashes>>

W == "*"
Uids == Pods \cup {K}
Name == [u \in Uids |-> IF u \in SameName THEN "x" ELSE u]
None == [n |-> 0, w |-> "-"]
NoHold == [u \in Uids |-> None]
Where(u) == IF u = K THEN (IF KScope = "Node" THEN KNode ELSE W) ELSE IF u \in Pinned THEN PinNode ELSE W
KNodes == IF KScope = "Node" THEN {KNode} ELSE Nodes
Absent == [ph |-> "absent", num |-> 0, ex |-> {}, node |-> NONE, forced |-> FALSE]
Live(u) == pod[u].ph \in {"bound", "ending"}
Block(n) == n .. (n + Width - 1)
AllNums == UNION {Block(n) : n \in Nums}
Meet(n, m) == n # 0 /\ m # 0 /\ Block(n) \cap Block(m) # {}
Over(ph) == ph \in {"gone", "done", "deleting"}
NoOld == [ex |-> [n \in Nums |-> {}], list |-> NONE]

Init == /\ pod = [u \in Pods |-> Absent] /\ alive = {} /\ joined = Nodes \ Late
        /\ k = [ph |-> "absent", num |-> 0] /\ first = [u \in Pods |-> 0]
        /\ rv = 0 /\ pend = {} /\ lheld = [n \in AllNums |-> 0] /\ lcool = {}
        /\ st = [o \in Ops |-> "down"] /\ mrv = [o \in Ops |-> 0] /\ hold = [o \in Ops |-> NoHold]
        /\ cool = [o \in Ops |-> {}] /\ todo = [o \in Ops |-> {}] /\ dec = [o \in Ops |-> NONE]
        /\ seen = [o \in Ops |-> {}] /\ old = [o \in Ops |-> NoOld] /\ net = {} /\ crashes = 0

(* users, scheduler, kubelets *)
Outside == UNCHANGED <<root, oper, net, crashes>>
Create == \E u \in Pods :
  /\ pod[u].ph = "absent" /\ \A v \in Pods : Name[v] = Name[u] /\ v # u => pod[v].ph \in {"absent", "gone"}
  /\ pod' = [pod EXCEPT ![u].ph = "gated"] /\ UNCHANGED <<alive, joined, k, first>> /\ Outside
CreateClaim == /\ KScope # "none" /\ k.ph = "absent" /\ k' = [k EXCEPT !.ph = "exists"]
               /\ UNCHANGED <<pod, alive, joined, first>> /\ Outside
DeleteClaim == /\ k.ph = "exists" /\ k' = [ph |-> "gone", num |-> 0]
               /\ UNCHANGED <<pod, alive, joined, first>> /\ Outside
Join == \E a \in Nodes \ joined : joined' = joined \cup {a} /\ UNCHANGED <<pod, alive, k, first>> /\ Outside
Bind == \E u \in Pods, a \in joined :
  /\ pod[u].ph = "open" /\ a \notin pod[u].ex /\ (u \in Pinned => a = PinNode)
  /\ pod' = [pod EXCEPT ![u].ph = "bound", ![u].node = a] /\ alive' = alive \cup {u}
  /\ UNCHANGED <<joined, k, first>> /\ Outside
Delete == \E u \in Pods :
  /\ \/ /\ pod[u].ph \in {"gated", "open"}
        /\ \E ph \in {"gone"} \cup (IF u \in Finalizer THEN {"deleting"} ELSE {}) : pod' = [pod EXCEPT ![u].ph = ph]
     \/ pod[u].ph \in {"deleting", "done"} /\ pod' = [pod EXCEPT ![u].ph = "gone"]
     \/ pod[u].ph = "bound" /\ pod' = [pod EXCEPT ![u].ph = "ending"]
  /\ UNCHANGED <<alive, joined, k, first>> /\ Outside
End == \E u \in alive :        \* the process ends, and its kubelet reports it unless the pod was deleted by force
  /\ alive' = alive \ {u}
  /\ pod' = IF pod[u].ph = "ending" THEN [pod EXCEPT ![u].ph = "gone"]
            ELSE IF pod[u].ph = "bound" THEN [pod EXCEPT ![u].ph = "done"] ELSE pod
  /\ (pod[u].ph = "bound" => Done) /\ UNCHANGED <<joined, k, first>> /\ Outside
ForceDelete == \E u \in Pods :
  /\ Force /\ Live(u) /\ pod' = [pod EXCEPT ![u].ph = "gone", ![u].forced = TRUE]
  /\ UNCHANGED <<alive, joined, k, first>> /\ Outside
RemoveGate == \E u \in Pods :  \* somebody else does
  /\ ~Policies /\ pod[u].ph = "gated" /\ pod' = [pod EXCEPT ![u].ph = "open"]
  /\ UNCHANGED <<alive, joined, k, first>> /\ Outside

(* the index *)
Back(c, u) == u \in Pods /\ c.name = Name[u] /\ (~c.blocked \/ ~BlockedStays)
HeldWide(h, n, u) == \E v \in Uids \ {u} : Meet(h[v].n, n) /\ h[v].w = W
HeldOn(h, n, u) == {a \in Nodes : \E v \in Uids \ {u} : Meet(h[v].n, n) /\ h[v].w = a}
CoolWide(cs, n, u) == \E c \in cs : c.n \in Block(n) /\ c.w = W /\ ~Back(c, u)
CoolOn(cs, n, u) == {c.w : c \in {d \in cs : d.n \in Block(n) /\ d.w # W /\ ~Back(d, u)}}
Ex(h, cs, n, u) == HeldOn(h, n, u) \cup CoolOn(cs, n, u)
Free(o, u, n) ==
  LET ex == Ex(hold[o], cool[o], n, u) IN
  /\ ~CoolWide(cool[o], n, u)
  /\ (~HeldWide(hold[o], n, u) \/ (u = K /\ ~KSeesWide))
  /\ IF u = K /\ KScope = "Cluster" THEN ex = {}
     ELSE IF Where(u) # W THEN Where(u) \notin ex ELSE ex # Nodes
Holders(h, n) == Cardinality({u \in Uids : h[u].n # 0 /\ n \in Block(h[u].n)})

(* taking the lead *)
Now == [pod |-> pod, k |-> k]
Entries(u) == {e \in pend : e.u = u}
Pending(u) == IF Entries(u) = {} THEN None ELSE [n |-> (CHOOSE e \in Entries(u) : TRUE).n, w |-> Where(u)]
ListedClaim(c) == CASE c.ph # "exists" -> None
                    [] c.ph = "exists" /\ c.num # 0 -> [n |-> c.num, w |-> Where(K)]
                    [] OTHER -> Pending(K)
ListedPod(p, u) ==
  CASE p.ph = "gated" -> Pending(u)
    [] p.num # 0 /\ TakeWide /\ (p.ph = "open" \/ (p.ph = "deleting" /\ ~EndedFree)) ->
         [n |-> p.num, w |-> IF TakePinned THEN Where(u) ELSE W]
    [] p.num # 0 /\ (p.ph \in {"bound", "ending"} \/ (p.ph = "done" /\ ~EndedFree)) -> [n |-> p.num, w |-> p.node]
    [] OTHER -> None
Loaded(l, o) ==
  LET h == [u \in Uids |-> IF u = K THEN ListedClaim(l.k) ELSE ListedPod(l.pod[u], u)]
      missing == {n \in AllNums : IF CountHolders THEN Holders(h, n) < lheld[n] ELSE lheld[n] > 0 /\ Holders(h, n) = 0}
      ended == {e \in pend : e.u \in Pods /\ l.pod[e.u].ph \in {"gone", "done"}}
      cs == lcool \cup {[w |-> W, n |-> n, name |-> "-", blocked |-> TRUE] : n \in missing}
                  \cup UNION {{[w |-> W, n |-> n, name |-> Name[e.u], blocked |-> TRUE] : n \in Block(e.n)} : e \in ended}
      replays == {e \in pend : (e.u = K /\ l.k.ph = "exists" /\ l.k.num = 0) \/ (e.u \in Pods /\ l.pod[e.u].ph = "gated")}
  IN /\ hold' = [hold EXCEPT ![o] = h]
     /\ cool' = [cool EXCEPT ![o] = IF UnknownWide THEN cs ELSE lcool]
     /\ todo' = [todo EXCEPT ![o] = {[u |-> e.u, n |-> e.n, replay |-> TRUE, ok |-> ~ReplayCommit,
                   ex |-> IF ReplayEx = "ledger" THEN e.ex ELSE Ex(h, cs, e.n, e.u)] : e \in replays}]
     /\ seen' = [seen EXCEPT ![o] = {u \in Pods : Over(l.pod[u].ph)} \cup (IF l.k.ph = "gone" THEN {K} ELSE {})]
Ledgered(o) == rv' = rv + 1 /\ mrv' = [mrv EXCEPT ![o] = rv + 1]
TakeOver(o) ==
  /\ st[o] = "down"
  /\ IF FenceFirst THEN Ledgered(o) /\ st' = [st EXCEPT ![o] = "fenced"] /\ UNCHANGED old
     ELSE old' = [old EXCEPT ![o].list = Now] /\ st' = [st EXCEPT ![o] = "listed"] /\ UNCHANGED <<rv, mrv>>
  /\ UNCHANGED <<api, pend, lheld, lcool, hold, cool, todo, dec, seen, net, crashes>>
Load(o) ==
  /\ st[o] \in {"fenced", "listed"} /\ st' = [st EXCEPT ![o] = "serving"]
  /\ IF FenceFirst THEN Loaded(Now, o) /\ UNCHANGED <<rv, mrv, old>>
     ELSE Loaded(old[o].list, o) /\ Ledgered(o) /\ old' = [old EXCEPT ![o] = NoOld]
  /\ UNCHANGED <<api, pend, lheld, lcool, dec, net, crashes>>

(* deciding *)
Early(o) ==       \* what the guard forbids: the nodes to leave out are computed before the decision
  /\ ExWhen = "old" /\ st[o] = "serving" /\ dec[o] = NONE
  /\ old' = [old EXCEPT ![o].ex = [n \in Nums |-> Ex(hold[o], cool[o], n, NONE)]] /\ old' # old
  /\ UNCHANGED <<api, root, st, mrv, hold, cool, todo, dec, seen, net, crashes>>
Decide(o) ==
  /\ st[o] = "serving" /\ dec[o] = NONE
  /\ \E u \in Uids \ seen[o], n \in Nums :
       /\ hold[o][u] = None /\ (IF u = K THEN k.ph # "absent" ELSE pod[u].ph # "absent") /\ Free(o, u, n)
       /\ dec' = [dec EXCEPT ![o] =
            [u |-> u, n |-> n, ex |-> IF ExWhen = "old" THEN old[o].ex[n] ELSE Ex(hold[o], cool[o], n, u)]]
  /\ UNCHANGED <<api, root, st, mrv, hold, cool, todo, seen, old, net, crashes>>
Stop(o) == /\ st' = [st EXCEPT ![o] = "down"] /\ hold' = [hold EXCEPT ![o] = NoHold] /\ cool' = [cool EXCEPT ![o] = {}]
           /\ todo' = [todo EXCEPT ![o] = {}] /\ dec' = [dec EXCEPT ![o] = NONE] /\ seen' = [seen EXCEPT ![o] = {}]
           /\ mrv' = [mrv EXCEPT ![o] = 0] /\ old' = [old EXCEPT ![o] = NoOld]
Commit(o) ==      \* with a decision, or empty: published entries leave the ledger, releases enter it
  /\ st[o] = "serving"
  /\ dec[o] # NONE \/ {e.u : e \in pend} # {e.u : e \in todo[o]} \/ lcool # cool[o] \/ \E e \in todo[o] : ~e.ok
  /\ IF ~CommitFirst \/ ~Fence \/ rv = mrv[o]
     THEN LET d == dec[o]
              h == IF d = NONE THEN hold[o] ELSE [hold[o] EXCEPT ![d.u] = [n |-> d.n, w |-> Where(d.u)]]
              cs == IF d = NONE THEN cool[o] ELSE {c \in cool[o] : ~(c.n \in Block(d.n) /\ Back(c, d.u))}
              new == IF d = NONE THEN {} ELSE {d} IN
          /\ hold' = [hold EXCEPT ![o] = h] /\ cool' = [cool EXCEPT ![o] = cs]
          /\ todo' = [todo EXCEPT ![o] = {[u |-> e.u, n |-> e.n, ex |-> e.ex, replay |-> FALSE, ok |-> TRUE] : e \in new}
                                          \cup {[e EXCEPT !.ok = TRUE] : e \in @}]
          /\ dec' = [dec EXCEPT ![o] = NONE]
          /\ IF CommitFirst
             THEN /\ Ledgered(o)
                  /\ pend' = {e \in pend : \E t \in todo[o] : t.u = e.u}
                             \cup {[e EXCEPT !.ex = IF ReplayEx = "ledger" THEN @ ELSE {}] : e \in new}
                  /\ lheld' = [n \in AllNums |-> IF CountHolders THEN Holders(h, n) ELSE IF Holders(h, n) > 0 THEN 1 ELSE 0]
                  /\ lcool' = IF Releases \/ d = NONE THEN cs ELSE lcool
             ELSE d # NONE /\ UNCHANGED <<rv, mrv, pend, lheld, lcool>>
          /\ UNCHANGED <<st, seen, old>>
     ELSE Stop(o) /\ UNCHANGED root
  /\ UNCHANGED <<api, net, crashes>>

(* publishing *)
Send(o) ==
  /\ st[o] = "serving"
  /\ \E e \in todo[o] :
       /\ e.ok /\ ~(e.replay /\ ReplayEx = "wait" /\ CoolWide(cool[o], e.n, e.u))
       /\ net' = net \cup {[u |-> e.u, n |-> e.n, ex |-> IF e.u = K \/ e.u \in Pinned THEN {}
                             ELSE IF ExWhen = "send" THEN Ex(hold[o], cool[o], e.n, e.u) ELSE e.ex]}
       /\ net' # net
  /\ UNCHANGED <<api, root, oper, crashes>>
Accepts(t, m) ==  \* the pod that has the name now, and what the patch tests
  /\ Name[t] = Name[m.u] /\ pod[t].ph \notin {"absent", "gone"} /\ (UidTest => t = m.u)
  /\ (GateTest => (pod[t].ph = "gated" \/ (pod[t].ph = "deleting" /\ pod[t].num = 0)))
Arrive == \E m \in net :
  /\ net' = net \ {m}
  /\ IF m.u = K THEN /\ k' = IF k.ph = "exists" /\ k.num = 0 THEN [k EXCEPT !.num = m.n] ELSE k
                     /\ UNCHANGED <<pod, first>>
     ELSE LET ts == {t \in Pods : Accepts(t, m)} IN
          /\ UNCHANGED k
          /\ IF ts = {} THEN UNCHANGED <<pod, first>>
             ELSE LET t == CHOOSE t \in ts : TRUE IN
                  /\ pod' = [pod EXCEPT ![t].num = m.n, ![t].ex = IF pod[t].ph = "gated" THEN m.ex ELSE @,
                                        ![t].ph = IF @ = "gated" THEN "open" ELSE @]
                  /\ first' = [first EXCEPT ![t] = IF @ = 0 THEN m.n ELSE @]
  /\ UNCHANGED <<alive, joined, root, oper, crashes>>
Confirm(o) ==
  /\ st[o] = "serving"
  /\ \E e \in todo[o] :
       /\ IF e.u = K THEN k.num # 0 ELSE pod[e.u].ph \in {"open", "bound", "ending"} /\ pod[e.u].num # 0
       /\ todo' = [todo EXCEPT ![o] = @ \ {e}]
  /\ UNCHANGED <<api, root, st, mrv, hold, cool, dec, seen, old, net, crashes>>
GiveUp(o) ==      \* somebody else removed the gate: no patch can give this pod a number any more
  /\ ~Policies /\ GateTest /\ st[o] = "serving"
  /\ \E u \in Pods : /\ pod[u].ph \in {"open", "bound", "ending"} /\ pod[u].num = 0 /\ hold[o][u] # None
                   /\ hold' = [hold EXCEPT ![o][u] = None] /\ todo' = [todo EXCEPT ![o] = {e \in @ : e.u # u}]
                   /\ seen' = [seen EXCEPT ![o] = @ \cup {u}]
  /\ UNCHANGED <<api, root, st, mrv, cool, dec, old, net, crashes>>

(* narrowing and releasing *)
Narrow(o) ==
  /\ st[o] = "serving"
  /\ \E u \in Pods :
       \/ /\ hold[o][u].w = W /\ pod[u].node # NONE /\ pod[u].num # 0 /\ pod[u].ph # "gone"
          /\ hold' = [hold EXCEPT ![o][u].w = pod[u].node]
       \/ /\ ~NarrowSeen /\ hold[o][u].w = W /\ pod[u].ph = "open"
          /\ \E a \in joined \ pod[u].ex : hold' = [hold EXCEPT ![o][u].w = a]
       \/ /\ ~NarrowStays /\ hold[o][u].w \in Nodes /\ u \notin Pinned /\ hold' = [hold EXCEPT ![o][u].w = W]
  /\ UNCHANGED <<api, root, st, mrv, cool, todo, dec, seen, old, net, crashes>>
Release(o) ==     \* the end is seen in an event with the pod's last state, or missed and noticed later
  /\ st[o] = "serving"
  /\ \E u \in Uids \ seen[o] :
       /\ IF u = K THEN k.ph = "gone" ELSE Over(pod[u].ph)
       /\ LET h == hold[o][u]
              Slots(w, blocked) == {[w |-> w, n |-> n, name |-> Name[u], blocked |-> blocked] : n \in Block(h.n)}
              event == IF u = K \/ pod[u].node = NONE THEN {} ELSE Slots(pod[u].node, pod[u].forced)
              missed == IF h.w = W /\ ~UnknownWide THEN {} ELSE Slots(h.w, TRUE)
          IN /\ \/ cool' = [cool EXCEPT ![o] = @ \cup (IF h.n = 0 THEN {} ELSE event)]
                \/ u \in Pods /\ pod[u].ph = "gone" /\ cool' = [cool EXCEPT ![o] = @ \cup (IF h.n = 0 THEN {} ELSE missed)]
       /\ hold' = [hold EXCEPT ![o][u] = None] /\ seen' = [seen EXCEPT ![o] = @ \cup {u}]
       /\ todo' = [todo EXCEPT ![o] = {e \in @ : e.u # u}]
       /\ dec' = [dec EXCEPT ![o] = IF @ # NONE /\ @.u = u THEN NONE ELSE @]
  /\ UNCHANGED <<api, root, st, mrv, old, net, crashes>>
Cool(o) ==        \* long enough: no process that the slot waits for lives
  /\ st[o] = "serving"
  /\ \E c \in cool[o] :
       /\ \A u \in alive : ~(Over(pod[u].ph) /\ pod[u].num # 0 /\ c.n \in Block(pod[u].num) /\ (c.w = W \/ c.w = pod[u].node))
       /\ cool' = [cool EXCEPT ![o] = @ \ {c}]
  /\ UNCHANGED <<api, root, st, mrv, hold, todo, dec, seen, old, net, crashes>>
Crash(o) == /\ st[o] # "down" /\ crashes < MaxCrash /\ crashes' = crashes + 1 /\ Stop(o) /\ UNCHANGED <<api, root, net>>

Next == \/ Create \/ CreateClaim \/ DeleteClaim \/ Join \/ Bind \/ Delete \/ End \/ ForceDelete \/ RemoveGate \/ Arrive
        \/ \E o \in Ops : \/ TakeOver(o) \/ Load(o) \/ Early(o) \/ Decide(o) \/ Commit(o) \/ Send(o) \/ Confirm(o) \/ GiveUp(o)
                          \/ Narrow(o) \/ Release(o) \/ Cool(o) \/ Crash(o)
Spec == Init /\ [][Next]_vars

SameSlot(u, v) == pod[u].node = pod[v].node /\ Meet(pod[u].num, pod[v].num)
SameAsClaim(u) == pod[u].node \in KNodes /\ Meet(pod[u].num, k.num)
NoDouble == \A u \in Pods : Live(u) => ~SameAsClaim(u) /\ \A v \in Pods \ {u} : Live(v) => ~SameSlot(u, v)
NoReuse == \A u \in alive : ~SameAsClaim(u) /\ \A v \in alive \ {u} : ~SameSlot(u, v)
Sticky == \A u \in Pods : first[u] # 0 => pod[u].num = first[u]
NoRunWithout == \A u \in Pods : Live(u) => pod[u].num # 0
OneWide == \A u, v \in Pods \ Pinned : u # v /\ pod[u].ph = "open" /\ pod[v].ph = "open" => ~Meet(pod[u].num, pod[v].num)
Leads(o) == st[o] = "serving" /\ mrv[o] = rv
Known == \A o \in Ops : Leads(o) => \A u \in Pods : (pod[u].ph \in {"open", "bound", "ending"} /\ pod[u].num # 0)
            => /\ hold[o][u].n = pod[u].num
               /\ hold[o][u].w = W \/ hold[o][u].w = pod[u].node \/ (pod[u].node = NONE /\ u \in Pinned /\ hold[o][u].w = PinNode)
IndexUnique == \A o \in Ops : Leads(o) => \A u, v \in Uids : u # v /\ Meet(hold[o][u].n, hold[o][v].n) => hold[o][u].w # hold[o][v].w
NoLeak == \A o \in Ops : st[o] = "serving" => \A u \in Pods : hold[o][u] # None
             => (Over(pod[u].ph) => u \notin seen[o]) /\ (pod[u].ph = "gated" => \E e \in todo[o] : e.u = u)
NoDeadEnd == \A u \in Pods : pod[u].ph = "open" => pod[u].ex # Nodes
Sym == Permutations(Ops)
SymPods == Permutations(Ops) \cup Permutations(Pods)
SymAll == Permutations(Ops) \cup Permutations(Nodes) \cup Permutations(Pods)   \* where no single node or pod is named
Bound == rv <= MaxRv /\ Cardinality(net) <= MaxNet
=============================================================================
