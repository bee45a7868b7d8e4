// Package oracle asks the real components of a release what they take, and holds harender's own judgement to that. It makes
// typical mistakes in what is rendered for the golden clusters, one in each copy, and counts who finds them: both, harender
// alone, the component alone, or neither.
package oracle
