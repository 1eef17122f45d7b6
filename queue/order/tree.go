package order

// tree holds entries by arrival and knows the number of each; a treap whose shape depends on the keys alone, not on the order in which they
// were added.
type tree struct{ root *node }

type node struct {
	e           *entry
	weight      uint64 // no node is heavier than the one above it
	n           int    // entries from here down
	owed        int    // calls that everybody below, but not this entry, still has to count as having passed them
	left, right *node
}

func (n *node) size() int {
	if n == nil {
		return 0
	}
	return n.n
}

func (n *node) resize() { n.n = n.left.size() + n.right.size() + 1 }

func (t *tree) len() int { return t.root.size() }

func (t *tree) insert(e *entry) { t.root = insert(t.root, &node{e: e, weight: weigh(e.Key), n: 1}) }

func (t *tree) remove(e *entry) { t.root = remove(t.root, e) }

// at returns the i-th entry by arrival, from 0; nil past the end.
func (t *tree) at(i int) *entry {
	n := t.root
	for n != nil {
		left := n.left.size()
		switch {
		case i < left:
			n = n.left
		case i == left:
			return n.e
		default:
			i, n = i-left-1, n.right
		}
	}
	return nil
}

// count says for how many the answer is yes. It must be yes up to some entry and no from there on.
func (t *tree) count(yes func(*entry) bool) int {
	found, n := 0, t.root
	for n != nil {
		if yes(n.e) {
			found += n.left.size() + 1
			n = n.right
		} else {
			n = n.left
		}
	}
	return found
}

// pass counts a call at those for whom the answer is yes; as with count, up to some entry. It touches one branch: the rest is owed.
func (t *tree) pass(yes func(*entry) bool) {
	for n := t.root; n != nil; {
		n.settle()
		if yes(n.e) {
			n.e.Overtaken++
			n.left.owe(1)
			n = n.right
		} else {
			n = n.left
		}
	}
}

// settle pays what is owed to an entry that is there.
func (t *tree) settle(e *entry) {
	for n := t.root; n != nil; {
		n.settle()
		switch c := inTree(e, n.e); {
		case c == 0:
			return
		case c < 0:
			n = n.left
		default:
			n = n.right
		}
	}
}

func (n *node) owe(calls int) {
	if n != nil {
		n.e.Overtaken += calls
		n.owed += calls
	}
}

// settle hands what is owed one step down.
func (n *node) settle() {
	if n.owed != 0 {
		n.left.owe(n.owed)
		n.right.owe(n.owed)
		n.owed = 0
	}
}

// each visits all by arrival.
func (t *tree) each(visit func(*entry)) { t.root.each(visit) }

func (n *node) each(visit func(*entry)) {
	if n == nil {
		return
	}
	n.settle()
	n.left.each(visit)
	visit(n.e)
	n.right.each(visit)
}

func insert(at, x *node) *node {
	switch {
	case at == nil:
		return x
	case x.weight > at.weight:
		x.left, x.right = split(at, x.e)
		x.resize()
		return x
	case inTree(x.e, at.e) < 0:
		at.settle()
		at.left = insert(at.left, x)
	default:
		at.settle()
		at.right = insert(at.right, x)
	}
	at.resize()
	return at
}

// split parts those who came before e from the others.
func split(at *node, e *entry) (before, behind *node) {
	if at == nil {
		return nil, nil
	}
	at.settle()
	if inTree(at.e, e) < 0 {
		at.right, behind = split(at.right, e)
		at.resize()
		return at, behind
	}
	before, at.left = split(at.left, e)
	at.resize()
	return before, at
}

// remove takes out an entry that is there.
func remove(at *node, e *entry) *node {
	at.settle()
	switch c := inTree(e, at.e); {
	case c == 0:
		return join(at.left, at.right)
	case c < 0:
		at.left = remove(at.left, e)
	default:
		at.right = remove(at.right, e)
	}
	at.resize()
	return at
}

func join(before, behind *node) *node {
	switch {
	case before == nil:
		return behind
	case behind == nil:
		return before
	case before.weight > behind.weight:
		before.settle()
		before.right = join(before.right, behind)
		before.resize()
		return before
	default:
		behind.settle()
		behind.left = join(before, behind.left)
		behind.resize()
		return behind
	}
}

// weigh scatters keys that differ in their last digits: FNV-1a, then the finish of splitmix64.
func weigh(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
