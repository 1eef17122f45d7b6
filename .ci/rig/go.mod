module rig

go 1.26.0
